// Makes land.txt from Natural Earth's land of 1:50 million: node make.mjs land-50m.json > land.txt
// A line is a ring: hundredths of a degree, the first point, then steps from point to point (east, north). Points that lie within tolerance of the line
// through their neighbors are left out (Douglas and Peucker 1973), and so are islands that would be a speck on every map here.
import { readFileSync } from "node:fs";

const tolerance = 0.14; // degrees
const smallest = 0.15; // square degrees

const world = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { scale, translate } = world.transform;
const arcs = world.arcs.map((arc) => {
  let x = 0;
  let y = 0;
  return arc.map(([dx, dy]) => [(x += dx) * scale[0] + translate[0], (y += dy) * scale[1] + translate[1]]);
});
const ringOf = (list) =>
  list.flatMap((i, n) => {
    const arc = i < 0 ? [...arcs[~i]].reverse() : arcs[i];
    return n ? arc.slice(1) : arc;
  });
const polygons = world.objects.land.geometries.flatMap((g) => (g.type === "Polygon" ? [g.arcs] : g.arcs));

function area(ring) {
  let sum = 0;
  ring.forEach(([x, y], i) => {
    const [u, v] = ring[(i + 1) % ring.length];
    sum += x * v - u * y;
  });
  return Math.abs(sum / 2);
}

function away([x, y], [ax, ay], [bx, by]) {
  const dx = bx - ax;
  const dy = by - ay;
  const length = Math.hypot(dx, dy);
  return length ? Math.abs(dy * (x - ax) - dx * (y - ay)) / length : Math.hypot(x - ax, y - ay);
}

function thinned(points) {
  if (points.length < 3) return points;
  let far = 0;
  let at = 0;
  for (let i = 1; i < points.length - 1; i++) {
    const d = away(points[i], points[0], points.at(-1));
    if (d > far) [far, at] = [d, i];
  }
  if (far <= tolerance) return [points[0], points.at(-1)];
  return [...thinned(points.slice(0, at + 1)).slice(0, -1), ...thinned(points.slice(at))];
}

for (const ring of polygons.flatMap((p) => p.map(ringOf))) {
  if (area(ring) < smallest) continue;
  const half = ring.length >> 1; // a ring ends where it begins: each half has two ends of its own
  const kept = [...thinned(ring.slice(0, half + 1)).slice(0, -1), ...thinned(ring.slice(half))].slice(0, -1);
  if (kept.length < 3) continue;
  let x = 0;
  let y = 0;
  console.log(kept.map(([lon, lat]) => {
    const [u, v] = [Math.round(lon * 100), Math.round(lat * 100)];
    const step = [u - x, v - y];
    [x, y] = [u, v];
    return step.join(" ");
  }).join(" "));
}
