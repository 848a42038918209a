// Draws the charts. The server sends numbers and labels as JSON; here they become ECharts options in the colours
// of the theme. Nothing is drawn that the table under the chart does not say too.
import { BarChart, CustomChart, LineChart, SankeyChart, ScatterChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([BarChart, CustomChart, LineChart, SankeyChart, ScatterChart, AriaComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent, LabelLayout, CanvasRenderer]);

interface Point {
  at: string;
  value: number;
}
interface Line {
  name: string;
  values?: (number | null)[];
  lower?: (number | null)[];
  upper?: (number | null)[];
  counts?: string[];
  points?: Point[];
  partner?: number; // the number of the series that it is compared with
}
interface Spec {
  kind: "trend" | "bars" | "intervals" | "steps" | "supply" | "points" | "survival" | "lines" | "stacked" | "grouped" | "differences" | "sankey" | "upset";
  unit: string;
  categories?: string[];
  series?: Line[];
  spans?: { row: number; start: string; end: string; label: string }[];
  threshold?: number;
  bands?: { from: number; to: number }[];
  range?: [string, string];
  names: [string, string];
  split?: number;
  links?: string[];
  flows?: { from: number; to: number; count: number }[];
  rows?: string[]; // the sets of an upset
}
interface Colours {
  palette: string[];
  ink: string;
  muted: string;
  line: string;
  surface: string;
  good: string;
}
type Options = Record<string, unknown>;

function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const get = (name: string): string => style.getPropertyValue(name).trim();
  return {
    palette: [1, 2, 3, 4, 5, 6].map((n) => get(`--c${n}`)),
    ink: get("--ink"),
    muted: get("--muted"),
    line: get("--line"),
    surface: get("--surface"),
    good: get("--good"),
  };
}

const percent = (x: number): string => `${(100 * x).toFixed(1)}%`;
const font = { fontFamily: 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif', fontSize: 12 };

function base(c: Colours): Options {
  return {
    animation: false,
    color: c.palette,
    textStyle: { ...font, color: c.muted },
    grid: { left: 8, right: 16, top: 36, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis", renderMode: "richText", confine: true, backgroundColor: c.surface, borderColor: c.line, borderWidth: 1,
      textStyle: { ...font, color: c.ink }, padding: [6, 10], axisPointer: { type: "line", lineStyle: { color: c.line } },
    },
    legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 8, itemGap: 14, icon: "roundRect", textStyle: { ...font, color: c.ink } },
    aria: { enabled: false }, // the element has its own label, and a table follows
  };
}

function axis(c: Colours, extra: Options): Options {
  return {
    axisLine: { show: false }, axisTick: { show: false }, axisLabel: { ...font, color: c.muted, hideOverlap: true },
    splitLine: { lineStyle: { color: c.line, type: "solid", width: 1 } }, nameTextStyle: { ...font, color: c.muted }, ...extra,
  };
}

function tip(spec: Spec): (params: { dataIndex: number; axisValueLabel?: string }[]) => string {
  return (params) => {
    const first = params[0];
    if (!first) return "";
    const i = first.dataIndex;
    const rows = (spec.series ?? []).map((line) => {
      const value = line.values?.[i];
      if (value === null || value === undefined) return `${line.name}  –`;
      const text = spec.unit === "percent" ? percent(value) : String(value);
      const interval = line.lower?.[i] != null && line.upper ? `  [${percent(line.lower[i] ?? 0)}, ${percent(line.upper[i] ?? 0)}]` : "";
      return `${line.name}  ${text}  ${line.counts?.[i] ?? ""}${interval}`;
    });
    return [spec.categories?.[i] ?? "", ...rows].join("\n");
  };
}

function threshold(spec: Spec, c: Colours, vertical: boolean): Options | undefined {
  if (spec.threshold === undefined) return undefined;
  return {
    silent: true, symbol: "none", animation: false, lineStyle: { color: c.muted, type: [4, 4], width: 1 },
    label: { ...font, fontSize: 11, color: c.muted, position: "insideStartTop", formatter: percent(spec.threshold) },
    data: [vertical ? { xAxis: spec.threshold } : { yAxis: spec.threshold }],
  };
}

/** Lines over months; a series with an interval gets a band. */
function trend(spec: Spec, c: Colours): Options {
  const symbols = ["circle", "rect", "triangle", "diamond", "circle", "rect"];
  const series: Options[] = [];
  (spec.series ?? []).forEach((line, i) => {
    const color = c.palette[i % 6];
    if (line.lower && line.upper) {
      const high = line.upper;
      const low = line.lower;
      series.push(
        { type: "line", name: line.name, stack: `band${i}`, data: low, symbol: "none", silent: true, itemStyle: { color }, lineStyle: { opacity: 0 }, tooltip: { show: false } },
        { type: "line", name: line.name, stack: `band${i}`, data: high.map((x, j) => (x === null ? null : x - (low[j] ?? 0))), symbol: "none", silent: true, itemStyle: { color }, lineStyle: { opacity: 0 }, areaStyle: { color, opacity: 0.14 }, tooltip: { show: false } },
      );
    }
    series.push({
      type: "line", name: line.name, data: line.values, symbol: symbols[i % 6], symbolSize: line.partner ? 4 : 6, lineStyle: { width: 2, ...(line.partner ? stroke(line, i, c) : { color, type: spec.kind === "steps" && i % 2 ? [6, 3] : "solid" }) }, itemStyle: { color: line.partner ? stroke(line, i, c).color : color },
      markLine: i === 0 ? threshold(spec, c, false) : undefined, z: 3,
    });
  });
  const values = (spec.series ?? []).flatMap((line) => [...(line.values ?? []), ...(line.lower ?? [])]).filter((x): x is number => x !== null);
  const low = spec.kind === "trend" ? Math.max(0, Math.floor(Math.min(...values, spec.threshold ?? 1) * 10 - 0.5) / 10) : 0;
  return {
    ...base(c), series,
    legend: { ...(base(c).legend as Options), data: (spec.series ?? []).map((line) => line.name), type: (spec.series ?? []).some((line) => line.partner) ? "scroll" : "plain" },
    tooltip: { ...(base(c).tooltip as Options), formatter: tip(spec) },
    xAxis: axis(c, { type: "category", data: spec.categories, boundaryGap: false, splitLine: { show: false }, axisLine: { show: true, lineStyle: { color: c.line } }, axisLabel: { ...font, color: c.muted, hideOverlap: true, interval: spec.kind === "steps" && window.innerWidth < 600 ? 1 : "auto", alignMinLabel: "left", alignMaxLabel: "right" } }),
    yAxis: axis(c, { type: "value", min: low, max: 1, axisLabel: { ...font, color: c.muted, formatter: (x: number) => `${Math.round(100 * x)}%` } }),
  };
}

/** A histogram; the bins from `split` on are at goal. */
function bars(spec: Spec, c: Colours): Options {
  const line = spec.series?.[0];
  const split = spec.split ?? 0;
  return {
    ...base(c), legend: { show: false }, grid: { left: 8, right: 16, top: 24, bottom: 4, containLabel: true },
    tooltip: { ...(base(c).tooltip as Options), axisPointer: { type: "shadow", shadowStyle: { opacity: 0.08 } }, formatter: tip(spec) },
    xAxis: axis(c, { type: "category", data: spec.categories?.map((text) => text.split("–")[0]), splitLine: { show: false }, axisLine: { show: true, lineStyle: { color: c.line } }, axisLabel: { ...font, color: c.muted, interval: 3 } }),
    yAxis: axis(c, { type: "value", minInterval: 1, name: spec.names[1], nameTextStyle: { ...font, color: c.muted, align: "left" } }),
    series: [{ type: "bar", barCategoryGap: "12%", data: line?.values?.map((value, i) => ({ value, itemStyle: { color: c.palette[0], opacity: i >= split ? 1 : 0.38, borderRadius: [2, 2, 0, 0] } })) }],
  };
}

/** Horizontal bars with the ends of their interval; what they are compared with is a diamond on each. */
function intervals(spec: Spec, c: Colours): Options {
  const line = spec.series?.[0];
  const whisker = (_: unknown, api: { value: (i: number) => number; coord: (p: number[]) => number[] }): Options => {
    const from = api.coord([api.value(1), api.value(0)]);
    const to = api.coord([api.value(2), api.value(0)]);
    const style = { stroke: c.ink, lineWidth: 1.5 };
    const y = from[1]!;
    const mark = (x: number): Options => ({ type: "line", shape: { x1: x, y1: y - 4, x2: x, y2: y + 4 }, style });
    return { type: "group", children: [{ type: "line", shape: { x1: from[0], y1: y, x2: to[0], y2: y }, style }, mark(from[0]!), mark(to[0]!)] };
  };
  const other = spec.series?.[1];
  return {
    ...base(c), legend: { show: false }, grid: { left: 8, right: 24, top: 8, bottom: 4, containLabel: true },
    tooltip: { ...(base(c).tooltip as Options), axisPointer: { type: "shadow", shadowStyle: { opacity: 0.08 } }, formatter: tip(spec) },
    xAxis: axis(c, { type: "value", min: 0, max: 1, axisLabel: { ...font, color: c.muted, formatter: (x: number) => `${Math.round(100 * x)}%` } }),
    yAxis: axis(c, { type: "category", inverse: true, data: spec.categories, splitLine: { show: false }, axisLabel: { ...font, color: c.ink, interval: 0, width: window.innerWidth < 600 ? 110 : 190, overflow: (spec.categories?.length ?? 0) > 8 ? "truncate" : "break" } }),
    series: [
      { type: "bar", barMaxWidth: 18, barCategoryGap: "35%", data: line?.values?.map((value) => ({ value, itemStyle: { color: c.palette[0], opacity: 0.75, borderRadius: [0, 3, 3, 0] } })), cursor: spec.links ? "pointer" : "default" },
      { type: "custom", renderItem: whisker, data: line?.values?.map((_, i) => [i, line.lower?.[i] ?? 0, line.upper?.[i] ?? 0]), encode: { x: [1, 2], y: 0 }, silent: true, z: 5 },
      ...(other ? [{ type: "scatter", name: other.name, symbol: "diamond", symbolSize: 13, data: other.values?.map((value, i) => [value, i]), itemStyle: { color: c.palette[1], borderColor: c.surface, borderWidth: 1 }, silent: true, z: 6 }] : []),
    ],
  };
}

/** One row per drug class; each span is the days that a fill supplies. */
function supply(spec: Spec, c: Colours): Options {
  const day = 24 * 3600 * 1000;
  const span = (_: unknown, api: { value: (i: number) => number; coord: (p: number[]) => number[]; size: (p: number[]) => number[] }): Options => {
    const row = api.value(0);
    const from = api.coord([api.value(1), row]);
    const to = api.coord([api.value(2), row]);
    const height = Math.min(16, api.size([0, 1])[1]! * 0.5);
    return { type: "rect", shape: { x: from[0], y: from[1]! - height / 2, width: Math.max(1.5, to[0]! - from[0]! - 1), height, r: 2 }, style: { fill: c.palette[row % 6], opacity: 0.85 } };
  };
  const spans = spec.spans ?? [];
  return {
    ...base(c), legend: { show: false }, grid: { left: 8, right: 20, top: 8, bottom: 4, containLabel: true },
    tooltip: {
      ...(base(c).tooltip as Options), trigger: "item",
      formatter: (p: { dataIndex: number }) => { const s = spans[p.dataIndex]; return s ? `${s.label}\n${s.start} – ${s.end}` : ""; },
    },
    xAxis: axis(c, { type: "time", min: spec.range?.[0], max: spec.range?.[1], axisLine: { show: true, lineStyle: { color: c.line } }, axisLabel: { ...font, color: c.muted, hideOverlap: true, formatter: "{yyyy}-{MM}" } }),
    yAxis: axis(c, { type: "category", inverse: true, data: spec.categories, splitLine: { show: false }, axisLabel: { ...font, color: c.ink, width: 110, overflow: "break" } }),
    series: [{ type: "custom", renderItem: span, data: spans.map((s) => [s.row, Date.parse(s.start), Date.parse(s.end) + day]), encode: { x: [1, 2], y: 0 } }],
  };
}

/** Readings over time, with the goal as a band. */
function points(spec: Spec, c: Colours): Options {
  const line = spec.series?.[0];
  const readings = line?.points ?? [];
  const band = spec.bands?.[0];
  const days = readings.length ? (Date.parse(readings.at(-1)!.at.replace(" ", "T")) - Date.parse(readings[0]!.at.replace(" ", "T"))) / 864e5 : 0;
  return {
    ...base(c), legend: { show: false }, grid: { left: 8, right: 20, top: 22, bottom: 4, containLabel: true },
    tooltip: { ...(base(c).tooltip as Options), formatter: (p: { dataIndex: number }[]) => { const r = readings[p[0]?.dataIndex ?? -1]; return r ? `${r.at}\n${r.value} ${spec.unit}` : ""; } },
    xAxis: axis(c, { type: "time", splitLine: { show: false }, axisLine: { show: true, lineStyle: { color: c.line } }, axisLabel: { ...font, color: c.muted, hideOverlap: true, formatter: days < 240 ? "{yyyy}-{MM}-{dd}" : "{yyyy}-{MM}" } }),
    yAxis: axis(c, { type: "value", scale: true, name: spec.unit, splitNumber: 4, nameTextStyle: { ...font, color: c.muted, align: "left" } }),
    series: [{
      type: "line", name: line?.name, data: readings.map((r) => [r.at.replace(" ", "T"), r.value]), symbol: "circle", symbolSize: 5, lineStyle: { width: 1.5, color: c.palette[0] }, itemStyle: { color: c.palette[0] },
      markArea: band ? { silent: true, itemStyle: { color: c.good, opacity: 0.1 }, data: [[{ yAxis: band.from }, { yAxis: band.to }]] } : undefined,
    }],
  };
}

const dashes: (string | number[])[] = ["solid", [7, 3], [2, 3], [9, 3, 2, 3], [4, 2], [12, 4]];
const symbols = ["circle", "rect", "triangle", "diamond", "pin", "arrow"];

/** The colour and dashes of a series; one that is compared has the colour of its partner, lighter and dotted. */
function stroke(line: Line, i: number, c: Colours): { color: string; type: string | number[]; opacity: number } {
  return line.partner ? { color: c.palette[(line.partner - 1) % 6]!, type: [3, 3], opacity: 0.6 } : { color: c.palette[i % 6]!, type: dashes[i % 6]!, opacity: 1 };
}

/** Step curves with their bands over days. */
function survival(spec: Spec, c: Colours): Options {
  const series: Options[] = [];
  const many = (spec.series?.length ?? 0) > 4; // bands of more curves would hide each other; the table has the intervals
  (spec.series ?? []).forEach((line, i) => {
    const color = c.palette[i % 6];
    const low = line.lower ?? [];
    const band = { type: "line", step: "end", name: line.name, stack: `band${i}`, symbol: "none", silent: true, itemStyle: { color }, lineStyle: { opacity: 0 }, tooltip: { show: false } };
    series.push({ type: "line", step: "end", name: line.name, data: line.values, symbol: "none", showSymbol: false, lineStyle: { width: 2, ...stroke(line, i, c) }, itemStyle: { color: stroke(line, i, c).color }, z: 3, triggerLineEvent: true, cursor: spec.links ? "pointer" : "default" });
    if (!many && low.some((x) => x !== null)) {
      series.push({ ...band, data: low }, { ...band, data: (line.upper ?? []).map((x, j) => (x === null ? null : x - (low[j] ?? 0))), areaStyle: { color, opacity: 0.15 } });
    }
  });
  return {
    ...base(c), series, grid: { left: 8, right: 24, top: 44, bottom: 22, containLabel: true },
    legend: { ...(base(c).legend as Options), data: (spec.series ?? []).map((line) => line.name), type: "scroll", icon: undefined, itemWidth: 24 },
    tooltip: { ...(base(c).tooltip as Options), formatter: tip(spec) },
    xAxis: axis(c, { type: "category", data: spec.categories, boundaryGap: false, name: spec.names[0], nameLocation: "middle", nameGap: 26, splitLine: { show: false }, axisLine: { show: true, lineStyle: { color: c.line } }, axisLabel: { ...font, color: c.muted, hideOverlap: true, interval: (_: number, text: string) => Number(text) % (Number(spec.categories?.at(-1)) > 120 ? 90 : 10) === 0 } }),
    yAxis: axis(c, { type: "value", min: 0, max: 1, axisLabel: { ...font, color: c.muted, formatter: (x: number) => `${Math.round(100 * x)}%` } }),
  };
}

/** Lines of counts, minutes or money over months. */
function lines(spec: Spec, c: Colours): Options {
  const share = spec.unit === "percent";
  return {
    ...base(c), grid: { left: 8, right: 16, top: (spec.series?.length ?? 0) > 1 && spec.names[1] ? 54 : 36, bottom: 4, containLabel: true },
    legend: { ...(base(c).legend as Options), show: (spec.series?.length ?? 0) > 1, type: "scroll" },
    tooltip: { ...(base(c).tooltip as Options), formatter: tip(spec) },
    xAxis: axis(c, { type: "category", data: spec.categories, boundaryGap: false, splitLine: { show: false }, axisLine: { show: true, lineStyle: { color: c.line } } }),
    yAxis: axis(c, { type: "value", name: spec.names[1], min: 0, ...(share ? { max: 1 } : {}), nameTextStyle: { ...font, color: c.muted, align: "left" }, axisLabel: { ...font, color: c.muted, formatter: (x: number) => (share ? `${Math.round(100 * x)}%` : String(x)) } }),
    series: (spec.series ?? []).map((line, i) => ({ type: "line", name: line.name, data: line.values, connectNulls: false, symbol: symbols[i % 6], symbolSize: line.partner ? 4 : 6, lineStyle: { width: 2, ...stroke(line, i, c) }, itemStyle: { color: stroke(line, i, c).color, opacity: stroke(line, i, c).opacity }, markLine: i === 0 ? threshold(spec, c, false) : undefined })),
  };
}

/** Stacked bars by category; each part has its own pattern of lines besides its colour. */
function stacked(spec: Spec, c: Colours): Options {
  const decals = [undefined, { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -0.7 }, { symbol: "circle", dashArrayX: [[8, 8], [0, 8, 8, 0]], dashArrayY: [6, 0], symbolSize: 0.6 }, { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [4, 3] }];
  return {
    ...base(c), grid: { left: 8, right: 16, top: (spec.series?.length ?? 0) > 1 ? 54 : 26, bottom: 4, containLabel: true },
    legend: { ...(base(c).legend as Options), type: "scroll", show: (spec.series?.length ?? 0) > 1 },
    tooltip: { ...(base(c).tooltip as Options), axisPointer: { type: "shadow", shadowStyle: { opacity: 0.08 } }, formatter: tip(spec) },
    xAxis: axis(c, { type: "category", data: spec.categories, splitLine: { show: false }, axisLine: { show: true, lineStyle: { color: c.line } }, axisLabel: (spec.categories?.length ?? 0) > 10 ? { ...font, color: c.ink, hideOverlap: true } : { ...font, fontSize: 11, color: c.ink, interval: 0, width: Math.max(40, Math.min(520, window.innerWidth - 90) / Math.max(1, spec.categories?.length ?? 1) - 4), overflow: "break" } }),
    yAxis: axis(c, { type: "value", minInterval: 1, name: spec.names[1], nameTextStyle: { ...font, color: c.muted, align: "left" } }),
    series: (spec.series ?? []).map((line, i) => ({ type: "bar", stack: spec.kind === "stacked" ? "all" : undefined, name: line.name, data: line.values, barMaxWidth: 44, itemStyle: { color: c.palette[i % 6], decal: decals[i % 4] && { ...decals[i % 4], color: "rgba(255,255,255,.35)" } }, cursor: spec.links ? "pointer" : "default" })),
  };
}

/** Differences with their intervals around nought. */
function differences(spec: Spec, c: Colours): Options {
  const line = spec.series?.[0];
  const whisker = (_: unknown, api: { value: (i: number) => number; coord: (p: number[]) => number[] }): Options => {
    const from = api.coord([api.value(1), api.value(0)]);
    const to = api.coord([api.value(2), api.value(0)]);
    const style = { stroke: c.ink, lineWidth: 1.5 };
    return { type: "line", shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] }, style };
  };
  const nought = { silent: true, symbol: "none", animation: false, lineStyle: { color: c.muted, type: [4, 4], width: 1 }, label: { show: false }, data: [{ xAxis: 0 }, ...(spec.bands ?? []).flatMap((band) => [{ xAxis: band.from }, { xAxis: band.to }])] };
  return {
    ...base(c), legend: { show: false }, grid: { left: 8, right: 24, top: 8, bottom: 20, containLabel: true },
    tooltip: { ...(base(c).tooltip as Options), formatter: tip(spec) },
    xAxis: axis(c, { type: "value", name: spec.names[0], nameLocation: "middle", nameGap: 24 }),
    yAxis: axis(c, { type: "category", inverse: true, data: spec.categories, splitLine: { show: false }, axisLabel: { ...font, color: c.ink, interval: 0, width: window.innerWidth < 600 ? 110 : 190, overflow: "break" } }),
    series: [
      { type: "scatter", symbol: "diamond", symbolSize: 12, data: line?.values?.map((value, i) => [value, i]), itemStyle: { color: c.palette[0] }, markLine: nought, z: 4 },
      { type: "custom", renderItem: whisker, data: line?.values?.map((_, i) => [i, line.lower?.[i] ?? 0, line.upper?.[i] ?? 0]), encode: { x: [1, 2], y: 0 }, silent: true, z: 5 },
    ],
  };
}

/** Flows from the categories of one level to those of the next. */
function sankey(spec: Spec, c: Colours): Options {
  const names = spec.categories ?? [];
  const plain = (i: number): string => (names[i] ?? "").replace(/^\d+\|/, "");
  const narrow = window.innerWidth < 600;
  const kinds = [...new Set(names.map((_, i) => plain(i)))];
  return {
    ...base(c), legend: { show: false },
    tooltip: { ...(base(c).tooltip as Options), trigger: "item", formatter: (p: { dataType?: string; name: string; value: number; data: { from?: number; to?: number } }) => p.dataType === "edge" ? `${plain(p.data.from ?? 0)} → ${plain(p.data.to ?? 0)}\n${p.value}` : `${p.name.replace(/^\d+\|/, "")}\n${p.value}` },
    series: [{
      type: "sankey", left: 8, right: narrow ? 56 : 110, top: 8, bottom: 8, nodeAlign: "left", nodeGap: 10, nodeWidth: 12, draggable: false, layoutIterations: 24,
      data: names.map((name, i) => ({ name, itemStyle: { color: c.palette[kinds.indexOf(plain(i)) % 6] } })), // the same colour on every level
      links: (spec.flows ?? []).map((flow) => ({ source: names[flow.from], target: names[flow.to], value: flow.count, from: flow.from, to: flow.to })),
      label: { ...font, color: c.ink, ...(narrow ? { fontSize: 10, width: 46, overflow: "truncate" } : {}), formatter: (p: { name: string }) => p.name.replace(/^\d+\|/, "") },
      labelLayout: { hideOverlap: true },
      lineStyle: { color: "source", opacity: 0.28, curveness: 0.5 }, emphasis: { focus: "adjacency" },
    }],
  };
}

/** Sizes of the combinations of sets above a column of dots for each: the sets that it is made of. As many as there is room for. */
function upset(spec: Spec, c: Colours): Options {
  const narrow = window.innerWidth < 600;
  const sets = spec.rows ?? [];
  const left = narrow ? 92 : 180;
  const room = Math.min(1150, window.innerWidth - (narrow ? 64 : 120)) - left;
  const categories = (spec.categories ?? []).slice(0, Math.floor(room / (narrow ? 20 : 18)));
  const matrix = 28 * sets.length;
  const flows = (spec.flows ?? []).filter((flow) => flow.from < categories.length);
  const dots = sets.flatMap((_, row) => categories.map((__, column) => [column, row]));
  const stalk = (_: unknown, api: { value: (i: number) => number; coord: (p: number[]) => number[] }): Options => {
    const from = api.coord([api.value(0), api.value(1)]);
    const to = api.coord([api.value(0), api.value(2)]);
    return { type: "line", shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] }, style: { stroke: c.ink, lineWidth: 2 } };
  };
  const stalks = categories.map((_, column) => {
    const rows = flows.filter((flow) => flow.from === column).map((flow) => flow.to);
    return [column, Math.min(...rows), Math.max(...rows)];
  });
  const plain = { axisLabel: { show: false }, splitLine: { show: false } };
  return {
    ...base(c), legend: { show: false },
    grid: [{ left, right: 12, top: 26, bottom: matrix + 12 }, { left, right: 12, height: matrix, bottom: 2 }],
    tooltip: { ...(base(c).tooltip as Options), axisPointer: { type: "shadow", shadowStyle: { opacity: 0.08 } }, formatter: (all: { dataIndex: number; seriesType: string }[]) => tip(spec)(all.filter((one) => one.seriesType === "bar")) },
    axisPointer: { link: [{ xAxisIndex: "all" }] },
    xAxis: [axis(c, { type: "category", data: categories, ...plain, axisLine: { show: true, lineStyle: { color: c.line } } }), axis(c, { type: "category", gridIndex: 1, data: categories, ...plain })],
    yAxis: [
      axis(c, { type: "value", minInterval: 1, name: spec.names[1], nameTextStyle: { ...font, color: c.muted, align: "right" } }),
      axis(c, { type: "category", gridIndex: 1, inverse: true, data: sets, splitLine: { show: false }, axisLabel: { ...font, color: c.ink, interval: 0, width: left - 12, overflow: "truncate" } }),
    ],
    series: [
      { type: "bar", data: spec.series?.[0]?.values?.slice(0, categories.length), barMaxWidth: 44, itemStyle: { color: c.palette[0] }, cursor: "pointer", label: { show: room / Math.max(1, categories.length) > 40, position: "top", ...font, fontSize: 11, color: c.ink } },
      { type: "scatter", xAxisIndex: 1, yAxisIndex: 1, data: dots, symbolSize: 10, silent: true, itemStyle: { color: c.line } },
      { type: "custom", xAxisIndex: 1, yAxisIndex: 1, data: stalks, renderItem: stalk, encode: { x: 0, y: [1, 2] }, silent: true, z: 3 },
      { type: "scatter", xAxisIndex: 1, yAxisIndex: 1, data: flows.map((flow) => [flow.from, flow.to]), symbolSize: 12, silent: true, itemStyle: { color: c.ink }, z: 4 },
    ],
  };
}

const drawers: Record<Spec["kind"], (spec: Spec, c: Colours) => Options> = { trend, steps: trend, bars, intervals, supply, points, survival, lines, stacked, grouped: stacked, differences, sankey, upset };
const drawn = new Map<HTMLElement, { chart: echarts.ECharts; spec: Spec }>();

const resizes = new ResizeObserver((entries) => {
  for (const entry of entries) drawn.get(entry.target as HTMLElement)?.chart.resize();
});

/** Draws one chart element; elements that left the page are forgotten. */
export function draw(element: HTMLElement): void {
  for (const [old, { chart }] of drawn) {
    if (!old.isConnected) {
      resizes.unobserve(old);
      chart.dispose();
      drawn.delete(old);
    }
  }
  const source = element.querySelector("script")?.textContent;
  if (!source || drawn.has(element)) return;
  const spec = JSON.parse(source) as Spec;
  const canvas = document.createElement("div");
  canvas.className = "canvas";
  element.append(canvas);
  const chart = echarts.init(canvas, undefined, { renderer: "canvas" });
  drawn.set(element, { chart, spec });
  chart.setOption(drawers[spec.kind](spec, colours()));
  if (spec.links) {
    chart.on("click", (event) => {
      const link = spec.links?.[event.dataIndex];
      if (link) location.assign(link);
    });
  }
  offerPicture(element, chart);
  resizes.observe(element);
  element.dataset.drawn = "";
}

/** A picture of a chart says what it is, of which page and filters, and of which day. */
function offerPicture(element: HTMLElement, chart: echarts.ECharts): void {
  const figure = element.closest("figure");
  const button = figure?.querySelector<HTMLButtonElement>("[data-png]");
  if (!figure || !button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const c = colours();
    const filters = [...document.querySelectorAll<HTMLSelectElement>("form.filters select")].map((s) => s.selectedOptions[0]?.textContent ?? "");
    const words = [figure.querySelector("h2")?.firstChild?.textContent ?? "", figure.querySelector(".reading")?.textContent ?? "", [document.title, ...filters, document.querySelector(".fresh time")?.textContent ?? ""].join(" · ")];
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(image.width, 900);
      canvas.height = image.height + 150;
      const pen = canvas.getContext("2d");
      if (!pen) return;
      pen.fillStyle = c.surface;
      pen.fillRect(0, 0, canvas.width, canvas.height);
      words.forEach((text, i) => {
        pen.fillStyle = i ? c.muted : c.ink;
        pen.font = `${i ? 22 : 30}px ${font.fontFamily}`;
        pen.fillText(text, 24, 44 + 38 * i, canvas.width - 48);
      });
      pen.drawImage(image, 0, 150);
      const link = document.createElement("a");
      link.download = `phdp-${figure.id}.png`;
      link.href = canvas.toDataURL("image/png");
      link.click();
    };
    image.src = chart.getDataURL({ pixelRatio: 2, backgroundColor: c.surface });
  });
}

function redraw(): void {
  const c = colours();
  for (const { chart, spec } of drawn.values()) chart.setOption(drawers[spec.kind](spec, c), { notMerge: true });
}
/** Charts of a printed page are as wide as an A4 sheet between its margins. */
function resize(width: number | undefined): void {
  redraw();
  for (const { chart } of drawn.values()) {
    chart.resize(width ? { width } : undefined);
    chart.getZr().flush(); // a printer does not wait for the next frame
  }
}
document.addEventListener("phdp:print", () => resize(660));
document.addEventListener("phdp:screen", () => resize(undefined));
document.addEventListener("phdp:theme", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
