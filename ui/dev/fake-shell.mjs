/** The shell's commands with settings in memory. Tests read `asked` and change the rest as they need. */
export class FakeShell {
  asked = [];
  knocks = [];
  reports = {
    vpbx: {
      ok: true,
      steps: [
        { what: "Подписанный запрос баланса", result: "MANGO ответила: код и ключ верны", ok: true, advice: null },
        { what: "Баланс", result: "12 480,50 ₽", ok: null, advice: null },
        { what: "Адрес для MANGO", result: "http://192.168.1.20:8082/mangotelecom", ok: null, advice: "Впишите его в кабинете в «Адрес внешней системы»; вместо адреса в сети клиники поставьте белый IP или домен" },
        { what: "События", result: "последнее событие 2 минуты назад", ok: true, advice: null },
        { what: "Часы", result: "идут вместе с часами MANGO", ok: true, advice: null },
      ],
      retry_at: null,
    },
    listener: {
      ok: true,
      steps: [
        { what: "Порт", result: "8082 занят нами: Callpop принимает события", ok: true, advice: null },
        { what: "Запрос к себе", result: "GET http://127.0.0.1:8082/mangotelecom/ping → 200", ok: true, advice: null },
      ],
      retry_at: null,
    },
    directory: {
      ok: true,
      steps: [
        { what: "Список пациентов", result: "UTF-8, разделитель «;», 200 строк", ok: null, advice: null },
        { what: "Список пациентов", result: "Узнаны столбцы: ФИО, Дата рождения, Пол, Карта, Телефон, Аллергия", ok: null, advice: null },
        { what: "Список пациентов", result: "Строка 17 пропущена: в ней нет телефона", ok: null, advice: null },
        { what: "Пациентов", result: "199", ok: true, advice: null },
      ],
      retry_at: null,
    },
    desk: { ok: true, steps: [{ what: "Внутренний номер", result: "201: звонков сегодня 12", ok: true, advice: null }], retry_at: null },
  };
  settings = {
    file: {
      vpbx: { api_base: "https://app.mango-office.ru/vpbx/", ask_about_callers: false },
      listener: { bind: "0.0.0.0:8082", path: "/mangotelecom", tls: "off", allow: [], behind_proxy: [] },
      desk: { extension: "201", groups: ["300"], pop: "mine", line: "", auto_answer: false },
      directory: {
        kind: "file",
        path: "patients.csv",
        timeout_ms: 3_000,
        open_url: "https://mis.example/card/{id}",
        fallback: "",
        certificate: "",
        mgerm: { base: "", days_back: 30, days_ahead: 30, refresh_s: 300, history_days: 730, keep: "memory", card: {} },
        fhir: { base: "", auth: "none", client_id: "", key_id: "", token_url: "", scopes: [], chart_system: "", phone_search: "phone", search_by_post: false, write: false },
        http: { preset: "", base: "", auth: "", text: "" },
        sql: { url: "", query: "", search: "" },
      },
      clinic: { time_zone: "Europe/Moscow", country: "RU", area_code: "495", name: "Клиника «Мята»" },
      missed: { ignore_under_s: 5 },
      history: { keep_days: 365 },
      lines: { "+74995550199": "реклама, Яндекс" },
      sms: {
        templates: [
          { name: "Напоминание о визите", text: "Здравствуйте, {имя}! Напоминаем о визите: {когда}, {врач}. {клиника}" },
          { name: "Не смогли дозвониться", text: "Здравствуйте! Мы не смогли до вас дозвониться. Перезвоните нам, пожалуйста. {клиника}" },
        ],
      },
      wrap_up: {
        outcomes: ["Записали", "Перенесли", "Отменили", "Проконсультировали", "Перезвоним", "Не к нам"].map((name, index) => ({ name, key: String(index + 1) })),
        tags: ["Новый пациент", "Жалоба", "Цены", "Анализы"].map((name) => ({ name, key: "" })),
      },
    },
    secrets: { vpbx_api_key: true, vpbx_api_salt: false, directory_token: false, store_key: true },
    keyring: { state: "ok", why: null },
    window: {
      language: "ru",
      theme: "auto",
      notifications: true,
      autostart: false,
      manners: {
        pops: true,
        ring: { sound: "none", file: "", volume: 60 },
        quiet: { on: false, from: "20:00", to: "08:00", days: [1, 2, 3, 4, 5, 6, 7] },
        hides_when_locked: true,
        hides_when_shared: false,
        hot_desk: false,
        clipboard_key: "Ctrl+Alt+N",
      },
    },
    problems: [],
    notes: [],
    self_signed: "C:\\Users\\reception\\AppData\\Roaming\\ru.callpop.desk\\listener-cert.pem",
    addresses: { lan: ["192.168.1.20"], port: 8082, suggested: "http://192.168.1.20:8082/mangotelecom" },
    recovery_code: null,
    first_run: { is_due: false, finished: true, steps: {} },
    version: "0.1.0",
  };
  kinds = { "events/call": 1_204, "events/summary": 318, "events/dtmf": 77, "events/record/added": 251, "result/callback": 12, "events/robots/stats": 3, "events/md/onAppealClose": 1, "events/next": 1 };
  /** What a tried number comes to. */
  trial = {
    steps: [
      { what: "Запрос", text: "GET https://mis.example/api/patients?phone=79005550101\nAuthorization: Bearer •••" },
      { what: "Ответ", text: '200 OK, 184 мс\n{\n  "data": [\n    { "id": 17, "name": "Иванова Мария Петровна", "birthday": "31.01.1991", "phone": "8 (900) 555-01-01 доб. 2" }\n  ]\n}' },
      { what: "Поля", text: "id → $.id → 17\nfull_name → $.name → Иванова Мария Петровна\nborn → $.birthday → 1991-01-31\nphones → $.phone → +79005550101" },
    ],
    people: ["Иванова Мария Петровна, 31.01.1991, карта 17"],
    why: "номер в карте: 8 (900) 555-01-01 доб. 2; совпали 10 цифр",
    error: null,
    took_ms: 186.4,
  };
  /** What keeps the program from disturbing. */
  silence = null;
  today = { is_asked: false, hot_desk: false, extension: null, before: [] };
  /** What the next save finds wrong. */
  problems = [];

  count(name) {
    return this.asked.filter((one) => one.name === name).length;
  }

  last(name) {
    return this.asked.findLast((one) => one.name === name)?.args;
  }

  command(name, args) {
    this.asked.push({ name, args });
    switch (name) {
      case "settings_read":
        return this.settings;
      case "settings_save":
        return this.#save(args);
      case "check":
        return this.reports[args.section];
      case "try_number":
        return this.trial;
      case "listener_knocks":
        return this.knocks.filter((knock) => knock.at >= args.since);
      case "first_run_keep":
        this.settings = { ...this.settings, first_run: { is_due: !args.done.finished, ...args.done } };
        return null;
      case "event_kinds":
        return this.kinds;
      case "silence_read":
        return this.silence;
      case "today_read":
        return this.today;
      case "today_choose":
        return args.extension === null || /^[0-9]+$/.test(args.extension);
      case "ring_sound":
        return [];
      case "pause":
      case "pop_reset":
      case "rehearsal_call":
      case "open_card":
      case "copy_text":
      case "pop_size":
      case "pop_focus":
      case "pop_release":
      case "show_window":
        return null;
      default:
        throw new Error(`no command ${name}`);
    }
  }

  #save({ file, secrets, window }) {
    if (this.problems.length > 0) return { problems: this.problems };
    this.settings = {
      ...this.settings,
      file,
      window,
      secrets: {
        ...this.settings.secrets,
        ...Object.fromEntries(Object.keys(secrets).map((secret) => [secret, true])),
      },
    };
    return { problems: [] };
  }
}
