/** Invented patients. `now` is handed in, so that "tomorrow" is always tomorrow. */
const DAY = 86_400_000;
/** The clinic's clock is so far ahead of UTC: after its midnight it is its tomorrow that counts. */
const MOSCOW = 3 * 3_600_000;

export function cast(now) {
  const at = (days, utc) => {
    const day = new Date(now + MOSCOW + days * DAY).toISOString().slice(0, 10);
    return `${day}T${utc}:00.000Z`;
  };
  const visit = (days, utc, doctor, service, more = {}) => ({ id: null, at: at(days, utc), doctor, service, place: null, confirmed: null, ...more });
  const person = (id, family, given, patronymic, more) => ({
    id,
    full_name: [family, given, patronymic].filter(Boolean).join(" "),
    given_name: given,
    patronymic,
    family_name: family,
    born: null,
    age: null,
    sex: "unknown",
    chart: null,
    phones: [],
    relation: null,
    alerts: [],
    debt: null,
    doctor: null,
    last_visit: null,
    next_visit: null,
    note: null,
    open_url: null,
    ...more,
  });

  return {
    ivanova: person("p1", "Иванова", "Мария", "Петровна", {
      age: 35,
      sex: "female",
      chart: "1234/11",
      phones: ["+79005550101"],
      alerts: [
        { kind: "allergy", text: "пенициллин" },
        { kind: "debt", text: "долг 2 400 ₽" },
      ],
      debt: { amount: "2400.00", currency: "RUB" },
      doctor: "Петров, терапевт",
      next_visit: visit(1, "07:30", "Петров", "терапевт", { confirmed: false }),
      last_visit: visit(-43, "09:00", "Сидоров", "УЗИ"),
      note: "Удобнее писать после 18:00",
      open_url: "https://mis.example/card/p1",
    }),
    ivan: person("p2", "Иванов", "Иван", "Сергеевич", {
      age: 8,
      sex: "male",
      chart: "1235/19",
      phones: ["+79005550101"],
      relation: "сын",
      last_visit: visit(-120, "06:20", "Кравчук, педиатр", "осмотр перед школой"),
      open_url: "https://mis.example/card/p2",
    }),
    alyona: person("p3", "Иванова", "Алёна", "Сергеевна", {
      age: 5,
      sex: "female",
      chart: "1236/22",
      phones: ["+79005550101"],
      relation: "дочь",
      next_visit: visit(9, "14:00", "Тищенко", "ЛОР"),
      last_visit: visit(-15, "13:40", "Кравчук", "педиатр"),
      open_url: "https://mis.example/card/p3",
    }),
    gromov: person("p4", "Громов", "Артём", "Валерьевич", {
      age: 52,
      sex: "male",
      chart: "871/08",
      phones: ["+79005550102"],
      next_visit: visit(0, "11:40", "Абрамова", "кардиолог", { confirmed: true, place: "каб. 12" }),
      last_visit: visit(-8, "05:40", "Абрамова, кардиолог", "ЭКГ"),
      open_url: "https://mis.example/card/p4",
    }),
    sokolova: person("p5", "Соколова", "Екатерина", "Андреевна", {
      age: 61,
      sex: "female",
      chart: "402/03",
      phones: ["+79005550105"],
      alerts: [{ kind: "conflict", text: "жалоба на ожидание, вежливо и сразу" }],
      next_visit: visit(3, "08:00", "Лунёв", "офтальмолог"),
      open_url: "https://mis.example/card/p5",
    }),
    long: person("p6", "Константинопольская-Преображенская", "Александра-Виктория", "Константиновна", {
      age: 44,
      sex: "female",
      chart: "2210/24",
      phones: ["+79005550106"],
      alerts: [{ kind: "vip", text: "" }],
    }),
    tester: person("p7", "<b>Жирный</b>", "<img src=x onerror=\"window.ran=1\">", "Игоревич", {
      age: 30,
      sex: "male",
      phones: ["+79005550107"],
      alerts: [{ kind: "note", text: "<script>window.ran=1</script>" }],
      note: "<svg onload=\"window.ran=1\">",
    }),
  };
}
