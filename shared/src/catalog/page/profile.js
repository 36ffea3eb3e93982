"use strict";
// What is known of one attribute: its metrics, plots, frequent values, and what it holds.

/** The title of the group that is of lengths where there are no numbers. */
const spread = "Centre and spread";

/** The metrics by what they tell: name, title, and how the value is shown. */
const metricGroups = [
  [
    "Values",
    [
      ["valuesCount", "Values", count],
      ["nullCount", "Absent or NULL", count],
      ["nullProportion", "Absent or NULL, share", percent],
    ],
  ],
  [
    "Different values",
    [
      ["distinctCount", "Distinct", count],
      ["distinctProportion", "Distinct, share", percent],
      ["uniqueCount", "Seen once", count],
      ["uniqueProportion", "Seen once, share", percent],
      ["duplicateCount", "Duplicates", count],
    ],
  ],
  [
    "Range",
    [
      ["min", "Minimum", valueOf],
      ["max", "Maximum", valueOf],
      ["minLength", "Shortest", count],
      ["maxLength", "Longest", count],
    ],
  ],
  [
    spread,
    [
      ["mean", "Mean", figure],
      ["median", "Median", figure],
      ["sum", "Sum", figure],
      ["stddev", "Standard deviation", figure],
      ["firstQuartile", "First quartile", figure],
      ["thirdQuartile", "Third quartile", figure],
      ["interQuartileRange", "Interquartile range", figure],
      ["nonParametricSkew", "Skew (non-parametric)", figure],
    ],
  ],
];

function figure(text) {
  return words(text, "data number");
}

/** The panel below an attribute. */
function profileOf(attribute, path) {
  const { profile, classification } = attribute;
  const parts = [make("p", { class: "quiet path" }, "Path ", words(path, "data name"))];
  if (classification) parts.push(holding(classification));
  if (profile) {
    if (profile.masked) {
      parts.push(
        make("p", {
          class: "masked",
          text: `Masked: ${masking(attribute)}.`,
        }),
      );
    }
    const drawn = plots(profile, hasNumbers(attribute));
    if (drawn.length) parts.push(make("div", { class: "plots" }, drawn));
    parts.push(
      make(
        "div",
        { class: "metrics" },
        metricGroups.map((group) => metrics(attribute, hasNumbers(attribute), ...group)),
      ),
    );
  } else {
    parts.push(make("p", { class: "quiet", text: "There are no metrics of it: no plain value of it was seen." }));
  }
  if (attribute.samples?.length) {
    parts.push(
      make(
        "section",
        {},
        make("h4", { text: "Samples" }),
        make(
          "ul",
          { class: "samples" },
          attribute.samples.map((sample) => make("li", {}, valueOf(sample))),
        ),
      ),
    );
  }
  return parts;
}

/** Whether metrics are of numbers; else they are of lengths. */
function hasNumbers(attribute) {
  return attribute.profile.sum !== null || attribute.types.some((type) => type.type === "N");
}

/** Whether there are a minimum and a maximum: lists, maps and binary have none. */
const hasRange = (attribute) => attribute.types.some(({ type }) => type === "N" || type === "S");

/** What is left out, and why. */
function masking(attribute) {
  if (!hasRange(attribute)) return "it shows no values, because what lies in it is sensitive";
  const why =
    attribute.classification?.sensitivity === "sensitive"
      ? "they are sensitive"
      : "some of them, too few to say which kind, or what they lie in, are sensitive";
  return `minimum, maximum and frequent values are left out because ${why}`;
}

/** Metrics that have a meaning for the values. Masked ones are said to be masked. */
function metrics(attribute, numeric, title, group) {
  const { profile } = attribute;
  const rows = [];
  for (const [name, text, show] of group) {
    const isMasked = profile.masked && (name === "min" || name === "max") && hasRange(attribute);
    if (profile[name] === null && !isMasked) continue;
    const value = profile[name] === null ? make("span", { class: "quiet", text: "masked" }) : show(profile[name]);
    rows.push(described(text, profile.estimated.includes(name) ? approximately() : null, value));
  }
  return rows.length
    ? make(
        "section",
        {},
        make("h4", { text: title === spread && !numeric ? `${spread} of lengths` : title }),
        make("dl", {}, rows),
      )
    : null;
}

function approximately() {
  return make("abbr", { class: "estimated", title: "An estimate", text: "≈" });
}

function plots(profile, numeric) {
  const what = numeric ? "values" : "lengths";
  const made = [];
  if (profile.histogram?.frequencies.length) made.push(histogram(profile, quartiles(profile, numeric), what));
  const distribution = profile.cardinalityDistribution;
  if (distribution?.allValuesUnique || (distribution && profile.topValues.length)) made.push(cardinality(distribution, profile));
  if (profile.topValues.length) made.push(frequent(profile));
  return made;
}

/** The texts of the quartiles and both ends: of numbers or of lengths. */
function quartiles(profile, numeric) {
  const end = (value, length) => (numeric ? (value?.number ?? null) : length === null ? null : String(length));
  return {
    min: end(profile.min, profile.minLength) ?? profile.histogram.boundaries[0],
    max: end(profile.max, profile.maxLength) ?? profile.histogram.boundaries.at(-1),
    firstQuartile: profile.firstQuartile,
    median: profile.median,
    thirdQuartile: profile.thirdQuartile,
    mean: profile.mean,
  };
}

function frequent(profile) {
  const estimated = profile.estimated.includes("topValues");
  const rows = profile.topValues.map((each) => ({ shown: valueOf(each.value), count: each.count }));
  return make(
    "figure",
    { class: "plot" },
    make("figcaption", {}, `${estimated ? "≈ " : ""}Most frequent values`),
    ranked(rows, profile.valuesCount),
  );
}

function cardinality(distribution, profile) {
  const title = make(
    "figcaption",
    {},
    `${profile.estimated.includes("cardinalityDistribution") ? "≈ " : ""}How values repeat`,
  );
  if (distribution.allValuesUnique) {
    return make("figure", { class: "plot" }, title, make("p", { class: "quiet", text: "All values are different." }));
  }
  const parts = distribution.categories.map((name, at) => ({
    name,
    share: (distribution.percentages[at] ?? 0) / 100,
    count: distribution.counts[at] ?? 0,
  }));
  const rows = parts.map((part) => [words(part.name), count(part.count), percent(part.share)]);
  return make(
    "figure",
    { class: "plot" },
    title,
    stacked(parts, "How values repeat"),
    make("p", { class: "quiet", text: mostOf(parts) }),
    make("details", {}, make("summary", { text: "As numbers" }), grid(["Value", "Count", "Share"], rows, "bins")),
  );
}

/** How much the most frequent values make up, and how much is left. */
function mostOf(parts) {
  const others = parts.at(-1).name === "Others" ? parts.at(-1) : null;
  const named = parts.filter((part) => part !== others);
  const of = named.length === 1 ? "The most frequent value" : `The ${named.length} most frequent values`;
  if (!others) return `${plural(parts.length, "value")}, and no others`;
  return `${of}: ${percent(named.reduce((sum, part) => sum + part.share, 0))}; others: ${percent(others.share)}`;
}

/** What an attribute holds, and what speaks for it. */
function holding(classification) {
  const sensitive = classification.sensitivity === "sensitive";
  const said = classification.decision === "confirmed" ? "Confirmed by a person" : "Found by rules";
  return make(
    "section",
    { class: `holding ${sensitive ? "sensitive" : ""}` },
    make(
      "h4",
      {},
      entity(classification),
      " ",
      make("span", { class: "quiet", text: `${sensitive ? "Sensitive" : "Not sensitive"} · ${said}` }),
    ),
    make(
      "dl",
      { class: "sides" },
      described("Confidence", bar(classification.confidence), percent(classification.confidence)),
      described("Share of values", bar(classification.share), percent(classification.share)),
    ),
    classification.evidence.length
      ? make(
          "ul",
          { class: "evidence", "aria-label": "Evidence" },
          classification.evidence.map((text) => make("li", {}, words(text))),
        )
      : null,
  );
}

function entity(classification) {
  const sensitive = classification.sensitivity === "sensitive";
  return badge(classification.entity, sensitive ? "sensitive" : "entity", sensitive ? "Sensitive" : "Not sensitive");
}
