/** A picture in the words of the chart library, in the colours of the page. */
import type { BarSeriesOption } from "echarts/charts";
import type { EChartsCoreOption } from "echarts/core";

import type { Bars, Ink } from "./pictures";

/** The page's colours, as the library needs them: resolved. */
export interface Palette {
  ink: string;
  soft: string;
  line: string;
  surface: string;
  /** Around each bar; the surface where colours alone tell the bars apart. */
  outline: string;
  font: string;
  /** Of each series. */
  inks: Record<Ink, string>;
  /** What the patterns are drawn with. */
  pattern: string;
}

const INKS: readonly Ink[] = ["answered", "missed", "abandoned", "unknown", "made", "half", "ninety"];

/** Reads the colours where the picture stands: light on paper, whatever the window is. */
export function paletteOf(element: HTMLElement): Palette {
  const probe = document.createElement("span");
  element.append(probe);
  const read = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const palette = {
    ink: read("--ink"),
    soft: read("--soft"),
    line: read("--line"),
    surface: read("--surface"),
    outline: read("--outline"),
    pattern: read("--pattern"),
    font: getComputedStyle(element).fontFamily,
    inks: Object.fromEntries(INKS.map((ink) => [ink, read(`--ink-${ink}`)])) as Record<Ink, string>,
  };
  probe.remove();
  return palette;
}

/** Without colour each series is known by its pattern. Solid is the first and largest. */
function patternOf(ink: Ink, color: string): object {
  switch (ink) {
    case "answered":
    case "half":
      return { symbol: "none" };
    case "missed":
      return { symbol: "rect", color, dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: Math.PI / 4 };
    case "abandoned":
      return { symbol: "circle", color, symbolSize: 0.7, dashArrayX: [[6, 6], [0, 6, 6, 0]], dashArrayY: [6, 0] };
    case "unknown":
      return { symbol: "rect", color, dashArrayX: [1, 0], dashArrayY: [1, 7] };
    case "made":
    case "ninety":
      return { symbol: "rect", color, dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: -Math.PI / 4 };
  }
}

/** Names beside lying bars get this much of the width, and are cut when they are longer. */
const NAMES_SHARE = 0.34;
const [SHORTEST_NAMES, LONGEST_NAMES] = [90, 270];
/** Standing bars narrower than this have no number above them, px. */
const ROOM_FOR_NUMBER = 30;

/** What one picture is drawn for. */
export interface Place {
  /** Px. */
  width: number;
  /** On paper, where everything is smaller. */
  paper: boolean;
  moves: boolean;
  id: string;
}

/** Heights, px: a lying bar, the area of standing bars, a line of the legend. */
const SIZES = { screen: { row: 30, standing: 220, legend: 29, font: 13, bar: 22 }, paper: { row: 14, standing: 104, legend: 20, font: 9, bar: 10 } };

/** How high a picture of these bars is, px. */
export function heightOf(bars: Bars, place: Pick<Place, "width" | "paper">): number {
  const size = place.paper ? SIZES.paper : SIZES.screen;
  const above = legendHeight(bars, place);
  return bars.lying ? bars.names.length * size.row + above + 8 : size.standing + above + 28;
}

/** The legend wraps where it has no room, and the bars begin below it. */
function legendHeight({ series }: Bars, { width, paper }: Pick<Place, "width" | "paper">): number {
  if (series.length < 2) return 0;
  const { legend, font } = paper ? SIZES.paper : SIZES.screen;
  // A letter is about six tenths of its height wide; before each name are its square and a gap.
  const words = series.map(({ name }) => name.length * font * 0.62 + font * 3.6);
  let [lines, used] = [1, 0];
  for (const word of words) {
    if (used > 0 && used + word > width) [lines, used] = [lines + 1, 0];
    used += word;
  }
  return lines * legend + 4;
}

export function option(bars: Bars, palette: Palette, place: Place): EChartsCoreOption {
  const { width, paper, moves, id } = place;
  const size = paper ? SIZES.paper : SIZES.screen;
  const above = legendHeight(bars, place);
  const { names, series, stacked, lying, write, step } = bars;
  const text = { color: palette.soft, fontFamily: palette.font, fontSize: size.font };
  const namesWidth = Math.round(Math.min(LONGEST_NAMES, Math.max(SHORTEST_NAMES, width * NAMES_SHARE)));
  const legend = series.length > 1;
  const outlined = palette.outline !== palette.surface;
  const categories = {
    type: "category" as const,
    data: [...names],
    inverse: lying,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: palette.line } },
    axisLabel: { ...text, color: palette.ink, hideOverlap: !lying, ...(lying ? { width: namesWidth, overflow: "truncate" as const, interval: 0 } : {}) },
  };
  const values = {
    type: "value" as const,
    minInterval: 1,
    ...(step === undefined ? {} : { interval: step, max: ({ max }: { max: number }) => Math.max(1, Math.ceil(max / step)) * step }),
    splitNumber: 4,
    splitLine: { lineStyle: { color: palette.line } },
    axisLabel: { ...text, hideOverlap: true, formatter: write },
    // The bars' ends say it already.
    ...(lying ? { show: false } : {}),
  };
  const drawn: BarSeriesOption[] = series.map(({ name, ink, values: data }) => ({
    type: "bar",
    name,
    // A bar of no length would still have its border.
    data: data.map((value) => (value === null || value === 0 ? "-" : value)),
    ...(stacked ? { stack: "all" } : {}),
    barMaxWidth: lying ? size.bar : 34,
    barGap: "10%",
    itemStyle: { color: palette.inks[ink], decal: patternOf(ink, palette.pattern) as NonNullable<BarSeriesOption["itemStyle"]>["decal"] & object, borderColor: palette.outline, borderWidth: outlined ? 1 : stacked ? 0.5 : 0 },
    emphasis: { disabled: true },
  }));
  const sums = names.map((_, index) => series.reduce((sum, one) => sum + (one.values[index] ?? 0), 0));
  const roomy = lying || (width - 60) / Math.max(1, names.length) >= ROOM_FOR_NUMBER;
  if (stacked && roomy) drawn.push(totals(sums, lying, write, palette, size.font));
  return {
    animation: moves,
    animationDuration: 250,
    textStyle: { fontFamily: palette.font },
    aria: { enabled: true, label: { enabled: false }, decal: { show: true } },
    grid: lying ? { left: namesWidth + 14, right: paper ? 44 : 64, top: above + 2, bottom: 4 } : { left: paper ? 52 : stacked ? 52 : 72, right: 10, top: above + 18, bottom: paper ? 18 : 26 },
    legend: { show: legend, left: 0, top: 0, itemWidth: size.font * 1.7, itemHeight: size.font * 1.1, itemGap: size.font, padding: 0, selectedMode: false, textStyle: { ...text, color: palette.ink }, data: series.map((one) => one.name) },
    tooltip: {
      trigger: "axis",
      axisPointer: { type: "shadow" },
      // Text only: the page's rules forbid what an HTML tooltip needs.
      renderMode: "richText",
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.line,
      textStyle: { color: palette.ink, fontFamily: palette.font, fontSize: 13 },
      formatter: (at: unknown) => told(bars, at),
    },
    [lying ? "yAxis" : "xAxis"]: categories,
    [lying ? "xAxis" : "yAxis"]: values,
    series: drawn.map((one, index) => ({ ...one, id: `${id}-${index}` })),
  };
}

/** The sum stands at the end of a stack: an invisible bar of no length that has the label. */
function totals(sums: readonly number[], lying: boolean, write: (value: number) => string, palette: Palette, fontSize: number): BarSeriesOption {
  return {
    type: "bar",
    name: "",
    stack: "all",
    data: sums.map(() => 0),
    silent: true,
    itemStyle: { color: "transparent", decal: { symbol: "none" } },
    label: { show: true, position: lying ? "right" : "top", color: palette.ink, textBorderColor: palette.surface, textBorderWidth: 3, fontFamily: palette.font, fontSize, formatter: ({ dataIndex }) => (sums[dataIndex] ? write(sums[dataIndex]) : "") },
    tooltip: { show: false },
  };
}

function told({ names, series, write }: Bars, at: unknown): string {
  const first: unknown = Array.isArray(at) ? at[0] : at;
  const index = typeof first === "object" && first !== null && "dataIndex" in first && typeof first.dataIndex === "number" ? first.dataIndex : -1;
  const lines = series.map((one) => {
    const value = one.values[index] ?? null;
    return `${one.name}: ${value === null ? "—" : write(value)}`;
  });
  return [names[index] ?? "", ...lines].join("\n");
}
