"use strict";
// Takes data in, and shows what the address says: `#q=…&region=…` the list, `#table=account/region/name` a table.

/** What scripts with data call, each with a text of JSON. */
const rowferry = {
  given: new Map(),
  manifest(text) {
    start(JSON.parse(text));
  },
  changes(text) {
    this.given.set("page/changes.js", JSON.parse(text));
  },
  table(text) {
    const { id, table } = JSON.parse(text);
    this.given.set(`page/tables/${id}.js`, table);
  },
};

const ownScript = /^page\/(changes|tables\/[0-9a-f]{32})\.js$/;
const checkScript = (file) => {
  if (!ownScript.test(file)) throw new TypeError("this is no script of the catalog");
  return file;
};
const scripts = window.trustedTypes?.createPolicy("rowferry", { createScriptURL: checkScript }) ?? {
  createScriptURL: checkScript,
};

/** Loads data that a script of the catalog hands over. A table is not kept: the browser's cache does that. */
function load(file) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = scripts.createScriptURL(file);
    const end = () => {
      script.remove();
      const given = rowferry.given.get(file);
      rowferry.given.delete(file);
      if (given === undefined) reject(new Error(`${file} could not be read`));
      else resolve(given);
    };
    script.addEventListener("load", end);
    script.addEventListener("error", end);
    document.head.append(script);
  });
}

const address = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

/** Begins when the manifest is there. */
function start({ manifest, changes }) {
  const entries = new Map(manifest.tables.map((entry) => [nameOf(entry), entry]));
  let allChanges = null;
  const loadChanges = () => (allChanges ??= load("page/changes.js"));
  let list = "#";
  let scrolled = 0;
  let opened = null;
  let schema = null;

  /** Puts a state into the address, without a step that one would go back by, and shows it. */
  const go = (state) => {
    const text = new URLSearchParams(state).toString();
    history.replaceState(null, "", `#${text}`);
    show();
  };
  const arrangeList = showList(manifest, changes, loadChanges, go);

  const show = async () => {
    const state = address();
    const isTable = state.table !== undefined;
    byId("problem").hidden = true;
    if (!isTable) {
      list = location.hash || "#";
      opened = null;
      arrangeList(state);
    }
    byId("list").hidden = isTable;
    byId("table").hidden = !isTable;
    document.title = isTable ? `${state.table.split("/").pop()} · DynamoDB catalog` : "DynamoDB catalog";
    if (isTable && opened !== state.table) await open(state);
    else if (isTable) schema?.restore(state);
  };

  const open = async (state) => {
    opened = state.table;
    schema = null;
    const place = byId("table");
    place.replaceChildren();
    const entry = entries.get(state.table);
    if (!entry) return fail(`There is no table ${state.table} in this export.`);
    try {
      const [table, told] = await Promise.all([load(`page/tables/${entry.id}.js`), entry.changes ? loadChanges() : []]);
      if (opened !== state.table) return;
      const tell = (within) =>
        history.replaceState(null, "", `#${new URLSearchParams({ table: state.table, ...within })}`);
      schema = showTable(place, table, told, list, tell);
      window.scrollTo(0, 0);
      if (state.attribute || state.q) schema.restore(state);
      else place.querySelector("h1").focus({ preventScroll: true });
    } catch (error) {
      fail(`The table could not be shown: ${error.message}.`);
    }
  };

  const fail = (text) => {
    byId("problem").textContent = text;
    byId("problem").hidden = false;
    byId("table").replaceChildren(make("a", { href: list, class: "back", text: "← All tables" }));
  };

  window.addEventListener("hashchange", async () => {
    const from = opened;
    if (from === null) scrolled = lastScroll;
    await show();
    if (from !== null && opened === null) leave(from);
  });

  /** Gives focus and place in the list back. */
  const leave = (name) => {
    const link = [...byId("rows").querySelectorAll("a")].find(
      (each) => each.hash === addressOf(entries.get(name) ?? {}),
    );
    link?.focus({ preventScroll: true });
    window.scrollTo(0, scrolled);
  };

  let lastScroll = 0;
  window.addEventListener(
    "scroll",
    () => {
      if (opened === null) lastScroll = window.scrollY;
    },
    { passive: true },
  );

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const typing = event.target.matches("input[type=search], select");
    if (event.key === "/" && !typing) {
      event.preventDefault();
      (opened === null ? byId("search") : byId("sought"))?.focus();
    } else if (event.key === "Escape" && typing && event.target.value) {
      event.target.value = "";
      event.target.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (event.key === "Escape" && opened !== null) {
      location.hash = list;
    }
  });

  show();
}

window.addEventListener("load", () => {
  if (!byId("list").hidden || address().table !== undefined) return;
  byId("problem").textContent = "The list of tables could not be read: page/manifest.js is missing or damaged.";
  byId("problem").hidden = false;
});
