"use strict";
// The list of all tables: figures of the export, search, filters, order, and what could not be read.

const columns = [
  { key: "table", title: "Table", of: (entry) => entry.table },
  { key: "account", title: "Account", of: (entry) => entry.account },
  { key: "region", title: "Region", of: (entry) => entry.region },
  { key: "items", title: "Items", of: (entry) => entry.item_count, number: true },
  { key: "size", title: "Size", of: (entry) => entry.size_bytes, number: true },
  { key: "attributes", title: "Attributes", of: (entry) => entry.attributes, number: true },
  { key: "entities", title: "Holds", of: (entry) => (entry.sensitive ? 1e6 : 0) + entry.entities.length, number: true },
  { key: "changes", title: "Changes", of: (entry) => entry.changes, number: true },
];

/** Filters by what is chosen from a list, and by what is switched on. */
const choices = {
  account: (entry, chosen) => entry.account === chosen,
  region: (entry, chosen) => entry.region === chosen,
  entity: (entry, chosen) => entry.entities.includes(chosen),
};
const switches = {
  sensitive: (entry) => entry.sensitive,
  changed: (entry) => entry.changes > 0,
  missing: (entry) => entry.missing_permissions.length > 0,
};

const order = new Intl.Collator("en", { numeric: true });

/** Where a table is found in the address. */
const addressOf = (entry) => `#${new URLSearchParams({ table: nameOf(entry) })}`;
const nameOf = (entry) => `${entry.account}/${entry.region}/${entry.table}`;

/** Shows the list. `go` is called with what is to stand in the address when a person filters or sorts. */
function showList(manifest, changes, loadChanges, go) {
  const rows = manifest.tables.map((entry) => ({
    entry,
    text: [entry.table, entry.account, entry.region, ...entry.entities].join("\n").toLowerCase(),
    row: rowOf(entry),
  }));
  headline(manifest, changes);
  options("account", manifest.tables, (entry) => entry.account);
  options("region", manifest.tables, (entry) => entry.region);
  options("entity", manifest.tables, (entry) => entry.entities);
  for (const [name, holds] of Object.entries(switches)) {
    const how = manifest.tables.filter(holds).length;
    byId(name).nextElementSibling.append(" ", make("span", { class: "tally", text: count(how) }));
  }
  heads(go);
  byId("more").replaceChildren(
    ...[skipped(manifest), unmet(manifest), changed(changes, loadChanges), accounts(manifest)].filter(Boolean),
  );

  const filters = byId("filters");
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("input", () => go(chosen()));
  byId("reset").addEventListener("click", () => {
    go({});
    byId("search").focus();
  });
  byId("list").addEventListener("keydown", (event) => moveInList(event));
  return (state) => arrange(rows, state, manifest);
}

/** What the form says: only what is not as it is at first. */
function chosen() {
  const state = {};
  if (byId("search").value.trim()) state.q = byId("search").value;
  for (const name of Object.keys(choices)) if (byId(name).value) state[name] = byId(name).value;
  for (const name of Object.keys(switches)) if (byId(name).checked) state[name] = "1";
  if (byId("order").value !== "table") state.sort = byId("order").value;
  return state;
}

/** Brings form, order and rows to what the address says. */
function arrange(rows, state, manifest) {
  const search = byId("search");
  if (search.value.trim() !== (state.q ?? "").trim()) search.value = state.q ?? "";
  for (const name of Object.keys(choices)) byId(name).value = state[name] ?? "";
  for (const name of Object.keys(switches)) byId(name).checked = state[name] === "1";
  const descending = state.sort?.startsWith("-") ?? false;
  const column = columns.find((each) => each.key === state.sort?.replace(/^-/, "")) ?? columns[0];
  byId("order").value = (descending ? "-" : "") + column.key;
  for (const head of byId("columns").children) {
    const here = head.dataset.key === column.key;
    head.setAttribute("aria-sort", here ? (descending ? "descending" : "ascending") : "none");
  }

  const sought = (state.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ entry, text }) =>
    sought.every((word) => text.includes(word)) &&
    Object.entries(choices).every(([name, holds]) => !state[name] || holds(entry, state[name])) &&
    Object.entries(switches).every(([name, holds]) => state[name] !== "1" || holds(entry));
  const compare = (one, other) =>
    column.number
      ? column.of(one.entry) - column.of(other.entry)
      : order.compare(column.of(one.entry), column.of(other.entry));
  const shown = rows
    .filter(fits)
    .sort(
      (one, other) => (descending ? -1 : 1) * compare(one, other) || order.compare(one.entry.table, other.entry.table),
    );
  byId("rows").replaceChildren(...shown.map((each) => each.row));

  const all = rows.length;
  byId("tables").hidden = shown.length === 0;
  byId("shown").textContent =
    shown.length === all ? plural(all, "table") : `${count(shown.length)} of ${plural(all, "table")}`;
  byId("reset").hidden = Object.keys(state).every((name) => name === "sort" || !state[name].trim());
  byId("none").hidden = shown.length > 0;
  byId("none").textContent = all ? "No table fits. Search for less, or show all." : emptyReason(manifest);
}

function emptyReason(manifest) {
  return manifest.skipped.length
    ? "No table could be read. Below it says why."
    : "There is no table here: none was found, or none was to be read.";
}

function rowOf(entry) {
  const number = (text, title, name = "number") => make("td", { class: name, "data-label": title }, text);
  const entities = entry.entities.slice(0, 3).map((name) => badge(name, "entity"));
  const rest = entry.entities.slice(3);
  return make(
    "tr",
    {},
    make(
      "th",
      { scope: "row" },
      make("a", { href: addressOf(entry) }, words(entry.table, "data name")),
      entry.missing_permissions.length
        ? badge("Permissions missing", "warning", entry.missing_permissions.join(", "))
        : null,
    ),
    make("td", { class: "place" }, words(entry.account)),
    make("td", { class: "place" }, words(entry.region)),
    number(count(entry.item_count), "Items"),
    number(size(entry.size_bytes), "Size"),
    number(count(entry.attributes), "Attributes"),
    make(
      "td",
      { class: "holds" },
      entry.sensitive ? badge("Sensitive", "sensitive") : null,
      entities,
      rest.length ? badge(`+${rest.length}`, "entity", rest.join(", ")) : null,
    ),
    entry.changes ? number(badge(count(entry.changes), "change"), "Changes") : number("–", "Changes", "number nothing"),
  );
}

/** The columns' heads, which sort; numbers begin with the largest. */
function heads(go) {
  const sort = (column) => {
    const head = [...byId("columns").children].find((each) => each.dataset.key === column.key);
    const now = head.getAttribute("aria-sort");
    const descending = now === "none" ? Boolean(column.number) : now === "ascending";
    byId("order").value = (descending ? "-" : "") + column.key;
    go(chosen());
  };
  byId("columns").replaceChildren(
    ...columns.map((column) =>
      make(
        "th",
        { scope: "col", class: column.number && column.key !== "entities" ? "number" : null, "data-key": column.key },
        make("button", { type: "button", text: column.title, onclick: () => sort(column) }),
      ),
    ),
  );
  byId("order").replaceChildren(
    ...columns.flatMap((column) =>
      ["", "-"].map((sign) => {
        const ways = column.number ? ["least first", "most first"] : ["A to Z", "Z to A"];
        return make("option", { value: sign + column.key, text: `${column.title}, ${ways[sign ? 1 : 0]}` });
      }),
    ),
  );
}

/** What one can choose from: the values that tables have. */
function options(name, tables, of) {
  const values = [...new Set(tables.flatMap(of))].sort(order.compare);
  byId(name).append(...values.map((value) => make("option", { value, text: value })));
  byId(name).parentElement.hidden = values.length === 0;
}

/** Up and down move between the rows, and from the search into them. */
function moveInList(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.target.tagName === "SELECT") return;
  const links = [...byId("rows").querySelectorAll("a")];
  const at = links.indexOf(event.target);
  if (at < 0 && (event.target.id !== "search" || step < 0)) return;
  event.preventDefault();
  (links[at + step] ?? (at === 0 && step < 0 ? byId("search") : event.target)).focus();
}

/** A number that leads to where more is told. */
function leading(number, id) {
  if (!number) return count(number);
  const go = () => {
    const place = byId(id);
    if (place.tagName === "DETAILS") place.open = true;
    place.scrollIntoView({ block: "start" });
    place.querySelector("summary, h2").focus({ preventScroll: true });
  };
  return make("button", { type: "button", class: "leading", text: count(number), onclick: go });
}

function headline(manifest, changes) {
  const { tables } = manifest;
  const sum = (of) => tables.reduce((total, entry) => total + of(entry), 0);
  const accounts = new Set(tables.map((entry) => entry.account));
  const regions = new Set(tables.map((entry) => entry.region));
  byId("export").replaceChildren(
    "Export ",
    words(manifest.export_id, "data"),
    ` · ${time(manifest.finished_at || manifest.started_at)}`,
  );
  byId("budget").hidden = !manifest.budget_spent;
  byId("figures").replaceChildren(
    described(
      "Tables",
      count(tables.length),
      under(`${plural(accounts.size, "account")}, ${plural(regions.size, "region")}`),
    ),
    described(
      "Items",
      count(sum((entry) => entry.item_count)),
      under(`${count(sum((entry) => entry.items_read))} read`),
    ),
    described("Size", size(sum((entry) => entry.size_bytes))),
    described("Attributes", count(sum((entry) => entry.attributes))),
    described("With sensitive data", count(tables.filter((entry) => entry.sensitive).length), under("tables")),
    described("Changes", leading(changes, "changes"), under(manifest.previous ? "since the last export" : "first export")),
    described("Skipped", leading(manifest.skipped.length, "skipped"), under("tables")),
    described(
      "Read units",
      some.format(manifest.read_units),
      under(`${dollars(manifest.estimated_cost_usd)} at list price`),
    ),
  );
}

const under = (text) => make("span", { class: "under", text });

function skipped(manifest) {
  if (!manifest.skipped.length) return null;
  const rows = manifest.skipped.map((each) => [
    words(each.table, "data name"),
    each.account ? words(each.account) : unknown(),
    words(each.region),
    words(each.reason),
  ]);
  return panel("Skipped tables", { id: "skipped" }, grid(["Table", "Account", "Region", "Reason"], rows));
}

/** Decisions of people that fit nothing: who made them should know. */
function unmet(manifest) {
  if (!manifest.decisions_unmet.length) return null;
  const rows = manifest.decisions_unmet.map((each) => [
    words(each.table, "data name"),
    words(each.account),
    words(each.region),
    words(each.attribute, "data name"),
    words(each.entity),
    words(each.reason),
  ]);
  return panel(
    "Decisions that fit nothing",
    { id: "unmet" },
    grid(["Table", "Account", "Region", "Attribute", "Entity", "Reason"], rows),
  );
}

function accounts(manifest) {
  if (!manifest.accounts.length) return null;
  const rows = manifest.accounts.map((each) => [
    each.account ? words(each.account) : unknown(),
    words(each.region),
    each.connection ? words(each.connection) : "Own account",
    each.error
      ? make("span", { class: "error" }, words(each.error))
      : `${count(each.tables_included)} of ${plural(each.tables_found, "table")}`,
  ]);
  return panel(
    "Accounts and regions",
    { id: "accounts" },
    grid(["Account", "Region", "Connection", "Tables included"], rows),
  );
}

/** All changes, loaded when they are asked for. */
function changed(changes, load) {
  if (!changes) return null;
  const place = make("div", {});
  const details = make(
    "details",
    { id: "changes", class: "panel" },
    make("summary", {}, make("h2", { text: `Changes since the last export (${count(changes)})` })),
    place,
  );
  details.addEventListener("toggle", async () => {
    if (!details.open || place.hasChildNodes()) return;
    try {
      place.replaceChildren(changeGrid(await load(), true));
    } catch (error) {
      place.replaceChildren(make("p", { class: "notice", text: `The changes could not be shown: ${error.message}.` }));
    }
  });
  return details;
}

/** Changes as a table; a table that is no more has no link. */
function changeGrid(changes, withTable) {
  const none = () => make("span", { class: "quiet", text: "–" });
  const cell = (text) => (text === null ? none() : words(text));
  const rows = changes.map((each) => [
    ...(withTable
      ? [
          ["table_removed", "table_left_out"].includes(each.change)
            ? words(each.table, "data name")
            : make("a", { href: addressOf(each) }, words(each.table, "data name")),
        ]
      : []),
    each.attribute === null ? none() : words(each.attribute, "data name"),
    badge(readable(each.change), "change"),
    cell(each.before),
    cell(each.after),
  ]);
  return grid([...(withTable ? ["Table"] : []), "Attribute", "Change", "Before", "After"], rows);
}
