// data-chart: draw the numbers of the table with that id. The table holds everything; this is for the eye.
const MARKS = [
  (path, x, y, r) => path.arc(x, y, r, 0, 2 * Math.PI),
  (path, x, y, r) => path.rect(x - r, y - r, 2 * r, 2 * r),
  (path, x, y, r) => ([[0, -1.3], [1.2, 1], [-1.2, 1]].forEach(([a, b]) => path.lineTo(x + a * r, y + b * r)), path.closePath()),
  (path, x, y, r) => ([[0, -1.4], [1.4, 0], [0, 1.4], [-1.4, 0]].forEach(([a, b]) => path.lineTo(x + a * r, y + b * r)), path.closePath()),
];

const read = (table) => {
  const rows = [...table.querySelectorAll("tbody tr")];
  const columns = rows[0].querySelectorAll("[data-value]").length;
  return {
    days: rows.map((row) => row.querySelector("th").textContent),
    numbers: Array.from({ length: columns }, (_, at) => rows.map((row) => Number(row.querySelectorAll("[data-value]")[at].dataset.value))),
  };
};

// Colours and dashes as the style sheet gives them to the legend, in the theme of this moment.
const look = (plot) => [...plot.previousElementSibling.querySelectorAll(".ink__line")].map((line) => {
  const dash = getComputedStyle(line.querySelector(".ink__stroke")).strokeDasharray;
  return { stroke: getComputedStyle(line).color, dash: dash === "none" ? [] : dash.split(/[, ]+/).map(parseFloat) };
});

const mark = (chart, at) => {
  const { ctx } = chart, path = new Path2D(), radius = 3.5 * devicePixelRatio;
  chart.data[at].forEach((number, day) => {
    const one = new Path2D();
    MARKS[(at - 1) % MARKS.length](one, chart.valToPos(chart.data[0][day], "x", true), chart.valToPos(number, "y", true), radius);
    path.addPath(one);
  });
  ctx.save();
  ctx.fillStyle = chart.series[at].stroke(chart, at);
  ctx.fill(path);
  ctx.restore();
};

const draw = (plot) => {
  const { days, numbers } = read(document.getElementById(plot.dataset.chart));
  const { color, borderTopColor } = getComputedStyle(plot), format = new Intl.NumberFormat(document.documentElement.lang, { notation: "compact" });
  const axis = { stroke: color, grid: { stroke: borderTopColor, width: 1 }, ticks: { show: false }, font: `12px ${getComputedStyle(plot).fontFamily}` };
  const options = {
    width: plot.clientWidth,
    height: plot.clientHeight,
    padding: [8, 28, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(most * 1.05, 1)] } },
    axes: [
      { ...axis, size: 28, grid: { show: false }, splits: () => days.map((_, at) => at), values: (chart) => days.map((day, at) => (chart.width < 480 && at % 3 ? "" : day)) },
      { ...axis, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, ...[1e3, 1e4, 1e5, 1e6].flatMap((n) => [n, 2 * n, 5 * n])], values: (_, splits) => splits.map((number) => format.format(number)) },
    ],
    series: [{}, ...look(plot).map((one) => ({ ...one, width: 2, points: { show: false } }))],
    hooks: { drawSeries: [mark] },
  };
  plot.replaceChildren();
  new uPlot(options, [days.map((_, at) => at), ...numbers], plot);
};

const drawAll = () => {
  for (const plot of document.querySelectorAll("[data-chart]")) if (plot.clientWidth) draw(plot);
};
// Once everything is there: uPlot comes after this script, and styles decide the colours.
addEventListener("load", () => {
  if (!document.querySelector("[data-chart]")) return;
  drawAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  addEventListener("resize", drawAll);
});
document.addEventListener("htmx:oobAfterSwap", ({ detail }) => detail.target.id === "figures" && drawAll());
