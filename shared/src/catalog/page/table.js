"use strict";
// One table: what DynamoDB says of it, how it was read, what changed, and its attributes.

/** Shows a table in `place` and hands back its schema. */
function showTable(place, table, changes, back, go) {
  const schema = new Schema(table, marksOf(table), go);
  place.replaceChildren(
    make("nav", { "aria-label": "Way back" }, make("a", { href: back, class: "back", text: "← All tables" })),
    make("h1", { tabindex: "-1" }, words(table.table, "data name")),
    make(
      "p",
      { class: "where" },
      words(table.account),
      " · ",
      words(table.region),
      table.connection ? [" · through ", words(table.connection)] : null,
      " ",
      badge(readable(table.status), table.status === "ACTIVE" ? "good" : "warning"),
    ),
    ...notices(table),
    make("dl", { class: "figures" }, figuresOf(table)),
    make(
      "div",
      { class: "table" },
      make("aside", {}, facts(table), tags(table)),
      make("div", {}, changesOf(table, changes), indexes(table), schema.element),
    ),
  );
  return schema;
}

/** Badges of attributes: which keys they are of which index, and whether items expire by them. */
function marksOf(table) {
  const marks = new Map();
  const mark = (name, text, title) => marks.set(name, [...(marks.get(name) ?? []), { text, title }]);
  for (const key of table.keys) mark(key.attribute, `${readable(key.role)} key`, "A key of the table");
  for (const index of table.indexes) {
    for (const key of index.keys)
      mark(key.attribute, index.name, `${readable(key.role)} key of the ${index.kind} index ${index.name}`);
  }
  if (table.time_to_live?.enabled && table.time_to_live.attribute)
    mark(table.time_to_live.attribute, "TTL", "Items expire by it");
  return marks;
}

function notices(table) {
  const notice = (...children) => make("p", { class: "notice" }, ...children);
  const made = [];
  if (table.missing_permissions.length) {
    made.push(
      notice(
        "Not all of it is known. Permissions are missing: ",
        table.missing_permissions.flatMap((name, at) => [at ? ", " : "", make("code", {}, words(name))]),
        ".",
      ),
    );
  }
  if (table.cut_short) made.push(notice("Less was read than asked for: ", words(table.cut_short)));
  if (table.values_left_out > 0) made.push(notice("It has more attributes than a profile has room for; values left out: ", String(table.values_left_out), "."));
  if (table.items_read === 0) made.push(notice("No item was read, so only keys are known."));
  return made;
}

function figuresOf(table) {
  const sensitive = [...eachAttribute(table.attributes)].filter(
    (each) => each.classification?.sensitivity === "sensitive",
  ).length;
  const share = table.item_count > 0 ? `${percent(Math.min(table.items_read / table.item_count, 1))} of them` : "";
  return [
    described("Items", count(table.item_count), under("as DynamoDB counted")),
    described("Size", size(table.size_bytes), under(`${count(table.size_bytes)} bytes`)),
    described("Read", count(table.items_read), under(share)),
    described("Attributes", count(table.attributes.length), under("at the top level")),
    described("Sensitive", count(sensitive), under("attributes, nested ones too")),
    described("Read units", some.format(table.read_units)),
  ];
}

function* eachAttribute(attributes) {
  for (const attribute of attributes) {
    yield attribute;
    yield* eachAttribute(attribute.children ?? []);
    if (attribute.element) yield* eachAttribute([attribute.element]);
    if (attribute.map_of) yield* eachAttribute([attribute.map_of.value]);
  }
}

/** What DynamoDB says of the table; closed at first where there is little room. */
function facts(table) {
  const list = (title, ...rows) => [title ? make("h3", { text: title }) : null, make("dl", {}, rows.filter(Boolean))];
  const long = (name, text) =>
    text ? make("div", { class: "long" }, make("dt", { text: name }), make("dd", {}, words(text))) : null;
  return make(
    "details",
    { class: "panel facts", open: matchMedia("(min-width: 66rem)").matches },
    make("summary", { text: "About the table" }),
    list("Keys", ...table.keys.map((key) => described(`${readable(key.role)} key`, keyOf(key)))),
    list(
      "Capacity",
      described("Billing", readable(table.billing_mode)),
      described("Reads a second", units(table.capacity.read_units)),
      described("Writes a second", units(table.capacity.write_units)),
      described("Class", readable(table.table_class)),
    ),
    list(
      "Safety",
      described("Point-in-time recovery", onOrOff(table.point_in_time_recovery)),
      described("Deletion protection", onOrOff(table.deletion_protection)),
      described(
        "Replicas",
        table.replicas.length
          ? table.replicas.map((each) => make("div", {}, words(each.region), " ", badge(readable(each.status))))
          : "None",
      ),
      encryption(table.encryption),
    ),
    list(
      "Change and age",
      described("Time to live", timeToLive(table.time_to_live)),
      described("Stream", table.stream ? readable(table.stream.view_type) : "None"),
      table.created_at ? described("Created", time(table.created_at)) : null,
      long("Stream's ARN", table.stream?.arn),
    ),
    list("How it was read", described("Sample", sampleOf(table.sample)), described("When", time(table.profiled_at))),
    list("Identity", long("ARN", table.arn), long("Id", table.table_id)),
  );
}

function keyOf(key) {
  return make(
    "span",
    { class: "key" },
    words(key.attribute, "data name"),
    " ",
    typeChip({ type: key.type, count: 0, share: 1 }, false),
  );
}

const units = (number) => (number === null ? "No limit of its own" : plural(number, "unit"));
const onOrOff = (is) => (is === null ? unknown() : badge(is ? "On" : "Off", is ? "good" : ""));

function encryption(text) {
  const told = { AWS_OWNED: "Key of AWS's own", AWS_MANAGED: "Key that AWS manages" };
  if (Object.hasOwn(told, text)) return described("Encryption", told[text]);
  return make("div", { class: "long" }, make("dt", { text: "Encryption" }), make("dd", {}, words(text)));
}

function timeToLive(told) {
  if (told === null) return unknown();
  return told.enabled ? ["By ", words(told.attribute ?? "", "data name")] : badge("Off");
}

function sampleOf(sample) {
  if (sample === null) return unknown();
  if (sample === "whole") return "The whole table";
  if (typeof sample?.items === "number") return plural(sample.items, "item");
  if (typeof sample?.percent === "number") return `${sample.percent}% of the items`;
  return words(JSON.stringify(sample));
}

function indexes(table) {
  if (!table.indexes.length) return null;
  const rows = table.indexes.map((index) => [
    [
      words(index.name, "data name"),
      index.status && index.status !== "ACTIVE" ? badge(readable(index.status), "warning") : null,
    ],
    readable(index.kind),
    index.keys.map((key) => make("div", {}, keyOf(key))),
    index.projection === "INCLUDE"
      ? make(
          "details",
          {},
          make("summary", { text: `Keys and ${count(index.projected.length)} more` }),
          make(
            "ul",
            {},
            index.projected.map((name) => make("li", {}, words(name, "data name"))),
          ),
        )
      : ({ ALL: "All", KEYS_ONLY: "Keys only" }[index.projection] ?? words(index.projection)),
    index.capacity && index.capacity.read_units !== null
      ? `${count(index.capacity.read_units)} / ${count(index.capacity.write_units ?? 0)}`
      : "–",
    count(index.item_count),
    size(index.size_bytes),
  ]);
  return panel(
    "Indexes",
    { id: "indexes" },
    grid(["Index", "Kind", "Keys", "Projection", "Reads / writes", "Items", "Size"], rows),
  );
}

function tags(table) {
  if (table.tags === null) return panel("Tags", {}, make("p", {}, unknown()));
  const pairs = Object.entries(table.tags);
  if (!pairs.length) return null;
  return panel(
    "Tags",
    { id: "tags" },
    make(
      "ul",
      { class: "tags" },
      pairs.map(([key, value]) =>
        make("li", {}, words(key, "data name"), make("span", { class: "quiet", text: " = " }), words(value)),
      ),
    ),
  );
}

function changesOf(table, changes) {
  const own = changes.filter((each) => nameOf(each) === nameOf(table));
  return own.length ? panel("Changes since the last export", { id: "changed-here" }, changeGrid(own, false)) : null;
}
