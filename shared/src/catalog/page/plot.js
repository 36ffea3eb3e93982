"use strict";
// Plots. A number becomes a double here only to find its place: what is written beside a plot has every digit.

const plotHeight = 120;

/** A histogram above its quartiles, on one scale. */
function histogram(profile, quartiles, what) {
  const { boundaries, frequencies } = profile.histogram;
  const most = Math.max(...frequencies, 1);
  const scale = scaleOf(boundaries);
  const estimated = profile.estimated.includes("histogram");
  const bins = frequencies.map((frequency, at) => {
    const from = scale.edges[at];
    const height = (frequency / most) * plotHeight;
    const text = `${binName(boundaries, at)}: ${count(frequency)}`;
    const room = { x: `${from}%`, width: `${scale.edges[at + 1] - from}%` };
    const shown = frequency ? Math.max(height, 1.5) : 0;
    const filled = make("rect", { ...room, y: plotHeight - shown, height: shown, class: "filled" });
    filled.style.width = `max(calc(${room.width} - 1px), 1px)`;
    return make(
      "g",
      { class: "bin" },
      make("rect", { ...room, y: 0, height: plotHeight, class: "room" }),
      filled,
      make("title", { text }),
    );
  });
  const lines = [0.25, 0.5, 0.75].map((part) =>
    make("line", { x1: 0, x2: "100%", y1: plotHeight * part, y2: plotHeight * part, class: "line" }),
  );
  const fullest = frequencies.indexOf(Math.max(...frequencies));
  const total = frequencies.reduce((sum, frequency) => sum + frequency, 0);
  const label =
    `Histogram of ${what}: ${plural(total, "value")} in ${plural(frequencies.length, "bin")} from ${boundaries[0]}` +
    ` to ${boundaries.at(-1)}; the fullest, ${binName(boundaries, fullest)}, holds ${count(frequencies[fullest] ?? 0)}.`;
  const drawnBox = quartiles && scale.at ? box(quartiles, scale.at, what) : null;
  const drawn = make("svg", { class: "histogram", role: "img", "aria-label": label, height: plotHeight }, lines, bins);
  const numbers = frequencies.map((frequency, at) => [words(binName(boundaries, at), "data number"), count(frequency)]);
  return make(
    "figure",
    { class: "plot" },
    make(
      "figcaption",
      {},
      `${estimated ? "≈ " : ""}Distribution of ${what}`,
      make("span", { class: "quiet", text: `up to ${count(most)} in a bin` }),
    ),
    drawn,
    drawnBox,
    make(
      "div",
      { class: "axis" },
      words(boundaries[0] ?? "", "data number"),
      words(boundaries.at(-1) ?? "", "data number"),
    ),
    drawnBox ? legend(quartiles.mean !== null) : null,
    make("details", {}, make("summary", { text: "As numbers" }), grid(["Bin", "Values"], numbers, "bins")),
  );
}

/** What the signs of the box are; its own label says the same in words. */
function legend(withMean) {
  const signs = [
    ["middle", "middle half"],
    ["median", "median"],
    ...(withMean ? [["mean", "mean"]] : []),
  ];
  return make(
    "p",
    { class: "legend", "aria-hidden": "true" },
    signs.map(([name, text]) => make("span", {}, make("i", { class: name }), text)),
  );
}

function binName(boundaries, at) {
  const last = at === boundaries.length - 2;
  return `${boundaries[at]} to ${last ? "" : "below "}${boundaries[at + 1]}`;
}

/** The edges of bins in percent; `at` gives a number's place, and is null where doubles cannot tell them apart. */
function scaleOf(boundaries) {
  const places = boundaries.map(Number);
  const [low, high] = [places[0], places.at(-1)];
  const told = places.every((place, at) => Number.isFinite(place) && (at === 0 || place > places[at - 1]));
  if (!told || !Number.isFinite(high - low)) {
    return { edges: boundaries.map((_, at) => (at / Math.max(boundaries.length - 1, 1)) * 100), at: null };
  }
  const at = (text) => Math.min(Math.max(((Number(text) - low) / (high - low)) * 100, 0), 100);
  return { edges: boundaries.map(at), at };
}

/** Quartiles as a box, from the minimum to the maximum; `figures` has the texts of all five, and the mean. */
function box(figures, at, what) {
  const { min, firstQuartile, median, thirdQuartile, max, mean } = figures;
  if ([min, firstQuartile, median, thirdQuartile, max].some((figure) => figure === null)) return null;
  const line = (x, name, y1 = 4, y2 = 20) => make("line", { x1: `${at(x)}%`, x2: `${at(x)}%`, y1, y2, class: name });
  const [left, right] = [at(firstQuartile), at(thirdQuartile)];
  const label =
    `Quartiles of ${what}: minimum ${min}, first quartile ${firstQuartile}, median ${median},` +
    ` third quartile ${thirdQuartile}, maximum ${max}${mean === null ? "" : `, mean ${mean}`}.`;
  return make(
    "svg",
    { class: "box", role: "img", "aria-label": label, height: 24 },
    make("title", { text: label }),
    make("line", { x1: `${at(min)}%`, x2: `${at(max)}%`, y1: 12, y2: 12, class: "whisker" }),
    line(min, "whisker", 7, 17),
    line(max, "whisker", 7, 17),
    make("rect", { x: `${left}%`, width: `${Math.max(right - left, 0.4)}%`, y: 4, height: 16, rx: 2, class: "middle" }),
    line(median, "median"),
    mean === null ? null : make("circle", { cx: `${at(mean)}%`, cy: 12, r: 3.5, class: "mean" }),
  );
}

/** Values and how often they are, as bars. */
function ranked(rows, total, name) {
  const most = Math.max(...rows.map((row) => row.count), 1);
  return make(
    "ol",
    { class: `ranked ${name ?? ""}` },
    rows.map((row) =>
      make(
        "li",
        {},
        make("span", { class: "value" }, row.shown),
        bar(row.count / most),
        make(
          "span",
          { class: "often" },
          count(row.count),
          total ? make("span", { class: "quiet", text: percent(row.count / total) }) : null,
        ),
      ),
    ),
  );
}

/** Shares that make up a whole, as one bar; what is pointed at says which it is, and so does the text below. */
function stacked(categories, what) {
  const label = `${what}: ${categories.map((each) => `${each.name} ${percent(each.share)}`).join(", ")}`;
  const parts = categories.map((each) => {
    const part = make("span", { title: `${each.name}: ${percent(each.share)}` });
    part.style.flexGrow = each.share;
    return part;
  });
  return make("div", { class: "stacked", role: "img", "aria-label": label }, parts);
}
