// The readings of a journey, summed up from verified records by the rules of the node's own summary (trace/coldchain.go).
import { readTime } from "../../../../verify/ts/src/index.js";
import type { Json, Told } from "./compare.js";

export interface Reading {
  start: number; // milliseconds
  end: number;
  spot: boolean;
  low: number;
  high: number;
  middle: number; // the mean, or halfway
  alarm: boolean;
  by: Told;
}

export interface Limits {
  min?: number;
  max?: number;
}

export interface Line {
  kind: string;
  unit: string;
  readings: Reading[];
  out: boolean[];
  low: number;
  high: number;
  excursions: { start: number; end: number; minutes: number; peak: number; by: Told }[];
  minutes: number;
  covered: number; // whole minutes
  kinetic: number;
}

export const measures = [
  { kind: "Temperature", unit: "°C", limits: ["minimumTemperature", "maximumTemperature"] },
  { kind: "RelativeHumidity", unit: "%", limits: ["minimumHumidity", "maximumHumidity"] },
] as const;

const maxGap = 2 * 3600e3;
const list = (v: unknown): Json[] => (Array.isArray(v) ? (v as Json[]) : []);

export function readingsOf(told: Told[], kind: string): Reading[] {
  const out: Reading[] = [], ours = new RegExp(`^(gs1:|https?://(www\\.)?gs1\\.org/voc/)?${kind}$`);
  for (const by of told) {
    if (by.relation === "input" || by.struck || !by.body) continue;
    for (const el of list(by.body.sensorElementList)) for (const r of list(el.sensorReport)) {
      if (!ours.test(String(r.type))) continue;
      const unit = (x: number): number => (r.uom === "FAH" ? Math.round(((x - 32) * 50) / 9) / 10 : r.uom === "KEL" ? x - 273.15 : x);
      const low = r.minValue ?? r.value ?? r.meanValue ?? r.maxValue, high = r.maxValue ?? r.value ?? r.meanValue ?? low;
      if (typeof low !== "number" || typeof high !== "number") continue;
      const m = (el.sensorMetadata ?? {}) as Json, time = (t: unknown): number | undefined => readTime(String(t ?? ""));
      const [from, to] = [time(m.startTime), time(m.endTime)], over = time(r.time) === undefined && from !== undefined && to !== undefined && to >= from;
      const start = over ? from : (time(r.time) ?? time(m.time) ?? by.time);
      out.push({ start, end: over ? to : start, spot: !over, low: unit(low), high: unit(high), by,
        middle: typeof r.meanValue === "number" ? unit(r.meanValue) : (unit(low) + unit(high)) / 2, alarm: r.exception === "ALARM_CONDITION" });
    }
  }
  return out.sort((a, b) => a.start - b.start);
}

/** Sums readings up: what lies outside of the limits, for how long, and the mean kinetic temperature (USP <1079.2>). */
export function sumUp(readings: Reading[], kind: string, unit: string, { min, max }: Limits): Line {
  const out = readings.map((r) => (max !== undefined && r.high > max) || (min !== undefined && r.low < min) || (min === undefined && max === undefined && r.alarm));
  const worst = (r: Reading): number => (max !== undefined && r.high > max ? r.high : min !== undefined && r.low < min ? r.low : r.high);
  const far = (x: number): number => (max !== undefined && x > max ? x - max : min !== undefined && x < min ? min - x : min === undefined && max === undefined ? x : 0);
  const excursions: Line["excursions"] = [];
  let open: Line["excursions"][number] | undefined, before = maxGap, covered = 0, sum = 0;
  readings.forEach((r, i) => {
    const last = readings[i - 1], next = readings[i + 1], spots = r.spot && last?.spot;
    if (r.spot && next) before = Math.min(next.start - r.start, maxGap);
    const weight = r.spot ? before : r.end - r.start;
    covered += weight;
    sum += weight * Math.exp(-83.144 / (0.0083144 * (r.middle + 273.15)));
    if (!out[i]) {
      if (open && spots && r.start > open.end && r.start - open.end <= maxGap) open.end = r.start;
      open = undefined;
    } else if (open && r.start <= open.end + maxGap && (spots || r.start <= open.end)) {
      open.end = Math.max(open.end, r.end);
      if (far(worst(r)) > far(open.peak)) open.peak = worst(r);
    } else excursions.push((open = { start: r.start, end: r.end, minutes: 0, peak: worst(r), by: r.by }));
  });
  for (const x of excursions) x.minutes = Math.floor((x.end - x.start + 30e3) / 60e3);
  return { kind, unit, readings, out, excursions, minutes: excursions.reduce((n, x) => n + x.minutes, 0), covered: Math.floor(covered / 60e3),
    low: readings.reduce((n, r) => Math.min(n, r.low), Infinity), high: readings.reduce((n, r) => Math.max(n, r.high), -Infinity), kinetic: 83.144 / 0.0083144 / -Math.log(sum / covered) - 273.15 };
}
