// Makes explorer/atlas/land.bin of Natural Earth's land at 1:110 million (public domain), as the npm package
// world-atlas carries it. Run once, and again only for newer data:
//
//   npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
//   node atlas.mjs package/land-110m.json ../atlas/land.bin
//
// Format: for each ring its number of points as a varint, then the points as zigzag varints of the differences of
// longitude and latitude in twentieths of a degree, beginning at 0, 0.
import { readFileSync, writeFileSync } from "node:fs";

const [from, to] = process.argv.slice(2);
const topo = JSON.parse(readFileSync(from, "utf8"));
const { scale, translate } = topo.transform;
const arcs = topo.arcs.map((arc) => {
  let x = 0, y = 0;
  return arc.map(([dx, dy]) => [(x += dx) * scale[0] + translate[0], (y += dy) * scale[1] + translate[1]]);
});
const ring = (refs) => refs.flatMap((i, n) => {
  const points = i < 0 ? [...arcs[~i]].reverse() : arcs[i];
  return n ? points.slice(1) : points; // arcs share their ends
});
const polygons = topo.objects.land.geometries.flatMap((g) => (g.type === "Polygon" ? [g.arcs] : g.arcs));
const out = [];
const varint = (n) => { while (n > 127) { out.push((n & 127) | 128); n = Math.floor(n / 128); } out.push(n); };
const zigzag = (n) => varint(n < 0 ? -2 * n - 1 : 2 * n);
for (const refs of polygons.flat()) {
  const points = ring(refs).map(([lon, lat]) => [Math.round(lon * 20), Math.round(lat * 20)])
    .filter((p, i, all) => !i || p[0] !== all[i - 1][0] || p[1] !== all[i - 1][1]);
  if (points.length < 4) continue;
  points.pop(); // rings are closed
  varint(points.length);
  let x = 0, y = 0;
  for (const [px, py] of points) { zigzag(px - x); zigzag(py - y); x = px; y = py; }
}
writeFileSync(to, Buffer.from(out));
