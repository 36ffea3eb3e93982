"use strict";
// The tree of a table's attributes. Rows are made when they are first seen, and what is known of an attribute when it
// is opened.

const typeNames = {
  S: "String",
  N: "Number",
  B: "Binary",
  BOOL: "Boolean",
  NULL: "Null",
  M: "Map",
  L: "List",
  SS: "String set",
  NS: "Number set",
  BS: "Binary set",
};

/** What one row stands for: a top-level attribute, a member of a map, the elements of a list, or the values of a map. */
class Branch {
  constructor(attribute, kind, parent, map = null) {
    Object.assign(this, {
      attribute,
      kind,
      parent,
      map,
      level: parent ? parent.level + 1 : 1,
      isOpen: false,
      isShown: false,
    });
    const step = kind === "member" ? attribute.name : kind === "element" ? 0 : 1;
    this.path = [...(parent?.path ?? []), step];
    const made = (attribute.children ?? []).map((child) => new Branch(child, "member", this));
    if (attribute.element) made.push(new Branch(attribute.element, "element", this));
    if (attribute.map_of) made.push(new Branch(attribute.map_of.value, "value", this, attribute.map_of));
    this.children = made;
  }

  /** How it is written in the address. */
  get key() {
    return JSON.stringify(this.path);
  }

  /** The path as changes and classification.yaml write it: `customer.email`, `lines[].sku`, `prices.*`. */
  get written() {
    const above = this.parent?.written ?? "";
    if (this.kind !== "member") return above + { element: "[]", value: ".*" }[this.kind];
    const { name } = this.attribute;
    const plain = /^[^\p{White_Space}\p{Cc}.[\]*"]+$/u.test(name) ? name : JSON.stringify(name);
    return above ? `${above}.${plain}` : plain;
  }

  get name() {
    return { member: this.attribute.name, element: "each element", value: "each value" }[this.kind];
  }

  /** Whether it or one beneath it is sought. */
  fits(sought) {
    this.isFound = sought.length > 0 && sought.every((word) => this.text.includes(word));
    const beneath = this.children.map((child) => child.fits(sought)).some(Boolean);
    this.isLeft = !sought.length || this.isFound || beneath;
    this.isForced = beneath && sought.length > 0;
    return this.isFound || beneath;
  }

  isWithin(node) {
    return this.parent !== null && (this.parent === node || this.parent.isWithin(node));
  }

  get text() {
    const { classification, types } = this.attribute;
    const held = classification ? [classification.entity, classification.sensitivity.replace("non_sensitive", "")] : [];
    return [this.name, ...types.map((type) => typeNames[type.type] ?? type.type), ...held].join("\n").toLowerCase();
  }
}

/** The tree as a grid; `marks` are badges by the names of top-level attributes, `go` tells what is open and sought. */
class Schema {
  constructor(table, marks, go) {
    this.roots = table.attributes.map((attribute) => new Branch(attribute, "member", null));
    this.marks = marks;
    this.go = go;
    this.current = this.roots[0] ?? null;
    this.grid = make("div", {
      role: "treegrid",
      "aria-label": "Attributes",
      class: "schema",
      onkeydown: (event) => this.press(event),
    });
    this.search = make("input", {
      type: "search",
      id: "sought",
      placeholder: "Filter by name, type or entity",
      autocomplete: "off",
      spellcheck: "false",
      maxlength: "300",
      "aria-keyshortcuts": "/",
      oninput: () => {
        this.seek(this.search.value);
        this.tell();
      },
      onkeydown: (event) => {
        if (event.key === "ArrowDown") {
          event.preventDefault();
          this.focus(this.visible()[0]);
        }
      },
    });
    this.found = make("span", { role: "status", class: "quiet" });
    this.every = make("button", { type: "button", class: "plain", onclick: () => this.openEach() });
    this.every.hidden = this.all().every((node) => !node.children.length);
    this.shown = null;
    this.seek("");
  }

  /** The section of the page. */
  get element() {
    return panel(
      "Attributes",
      { id: "schema" },
      make(
        "div",
        { class: "tools" },
        make("label", { class: "search" }, make("span", { class: "unseen", text: "Filter attributes" }), this.search),
        this.found,
        this.every,
      ),
      this.roots.length ? this.grid : make("p", { class: "empty", text: "No attribute is known." }),
    );
  }

  *walk(nodes = this.roots, into = () => true) {
    for (const node of nodes) {
      yield node;
      if (into(node)) yield* this.walk(node.children, into);
    }
  }

  all() {
    return [...this.walk()];
  }

  visible() {
    return [...this.walk(this.roots, (node) => node.isOpen || node.isForced)].filter((node) => node.isLeft);
  }

  /** Leaves what fits the words, with what it lies in. */
  seek(text) {
    const sought = text.toLowerCase().split(/\s+/).filter(Boolean);
    this.roots.forEach((node) => node.fits(sought));
    const how = this.all().filter((node) => node.isFound).length;
    this.found.textContent = sought.length ? `${count(how)} found` : plural(this.roots.length, "attribute");
    this.draw();
  }

  /** Brings the tree to what the address says: the words sought and the attribute that is open. */
  restore({ q = "", attribute = null }) {
    this.search.value = q;
    if (q) this.seek(q);
    const node = attribute && this.all().find((each) => each.key === attribute);
    if (!node) return;
    for (let up = node.parent; up; up = up.parent) up.isOpen = true;
    node.isShown = true;
    this.shown = node;
    this.draw();
    this.focus(node);
    this.row(node).scrollIntoView({ block: "start" });
  }

  tell() {
    const state = {};
    if (this.search.value.trim()) state.q = this.search.value;
    if (this.shown) state.attribute = this.shown.key;
    this.go(state);
  }

  /** Draws all rows anew; one that opens or closes is brought in or out by itself. */
  draw() {
    const nodes = this.visible();
    this.head ??= make(
      "div",
      { role: "row", class: "head" },
      ["Name", "Type", "Presence", "Holds"].map((text) => make("span", { role: "columnheader", text })),
    );
    this.grid.replaceChildren(this.head, ...this.rows(nodes));
    this.choose(nodes.includes(this.current) ? this.current : (nodes[0] ?? null));
    this.offer();
  }

  /** Rows of nodes, each with what is shown of it. */
  rows(nodes) {
    nodes.forEach((node) => this.state(node));
    return nodes.flatMap((node) => (node.isShown ? [this.row(node), this.panel(node)] : [this.row(node)]));
  }

  /** Says what the button for all rows does now. */
  offer() {
    this.every.textContent = this.visible().some((node) => node.children.length && !node.isOpen)
      ? "Open all"
      : "Close all";
  }

  /** Makes a row the one that Tab comes to. */
  choose(node) {
    if (this.current) this.row(this.current).tabIndex = -1;
    this.current = node;
    if (node) this.row(node).tabIndex = 0;
  }

  /** Brings a row's attributes to what its node says. */
  state(node) {
    const row = this.row(node);
    if (node.children.length) row.setAttribute("aria-expanded", String(node.isOpen || node.isForced));
    row.classList.toggle("opened", node.isShown);
    node.button.setAttribute("aria-expanded", String(node.isShown));
  }

  row(node) {
    node.row ??= this.makeRow(node);
    return node.row;
  }

  makeRow(node) {
    const { attribute } = node;
    node.button = make(
      "button",
      { type: "button", tabindex: "-1", class: "label" },
      node.kind === "member" ? words(attribute.name, "data name") : make("span", { class: "each", text: node.name }),
    );
    const twist = make("span", { class: node.children.length ? "twist" : "twist none", "aria-hidden": "true" });
    const name = make(
      "div",
      { role: "gridcell", class: "name" },
      twist,
      node.button,
      node.level === 1
        ? (this.marks.get(attribute.name) ?? []).map((mark) => badge(mark.text, "key", mark.title))
        : null,
    );
    const siblings = node.parent ? node.parent.children : this.roots;
    const row = make(
      "div",
      {
        role: "row",
        class: "row",
        tabindex: "-1",
        "aria-level": node.level,
        "aria-setsize": siblings.length,
        "aria-posinset": siblings.indexOf(node) + 1,
      },
      name,
      make(
        "div",
        { role: "gridcell", class: "types" },
        attribute.types.map((type) => typeChip(type, attribute.types.length > 1)),
      ),
      make("div", { role: "gridcell", class: "presence" }, presence(node)),
      make(
        "div",
        { role: "gridcell", class: "holds" },
        attribute.classification ? entity(attribute.classification) : null,
      ),
    );
    row.style.setProperty("--level", node.level - 1);
    row.addEventListener("click", (event) => {
      this.choose(node);
      if (event.target === twist && node.children.length) this.open(node, !node.isOpen);
      else this.show(node, !node.isShown);
      row.focus({ preventScroll: true });
    });
    return row;
  }

  /** What is known of an attribute, as a row below its own. */
  panel(node) {
    node.panel ??= make(
      "div",
      { role: "row", class: "profile" },
      make("div", { role: "gridcell" }, profileOf(node.attribute, node.written)),
    );
    return node.panel;
  }

  open(node, isOpen) {
    Object.assign(node, { isOpen, isForced: node.isForced && isOpen });
    for (const each of this.walk(node.children)) {
      each.row?.remove();
      each.panel?.remove();
    }
    const nodes = this.visible();
    if (isOpen) {
      const beneath = nodes.filter((each) => each.isWithin(node));
      (node.isShown ? this.panel(node) : this.row(node)).after(...this.rows(beneath));
    }
    this.state(node);
    if (!nodes.includes(this.current)) this.choose(node);
    this.offer();
  }

  openEach() {
    const isOpen = this.every.textContent === "Open all";
    for (const node of this.walk()) node.isOpen = isOpen && node.children.length > 0;
    this.draw();
  }

  show(node, isShown) {
    node.isShown = isShown;
    this.shown = isShown ? node : null;
    if (isShown) this.row(node).after(this.panel(node));
    else node.panel?.remove();
    this.state(node);
    this.tell();
  }

  focus(node) {
    if (!node) return;
    this.choose(node);
    this.row(node).focus();
  }

  press(event) {
    const node = this.current;
    const inPanel = event.target.closest(".profile");
    if (event.key === "Escape" && this.visible().some((each) => each.isShown)) {
      const shown = inPanel ? this.visible().find((each) => each.panel === inPanel) : node;
      if (!shown?.isShown) return;
      this.show(shown, false);
      this.focus(shown);
    } else if (inPanel || !node || event.altKey || event.ctrlKey || event.metaKey || !this.move(event.key, node)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** Does what a key says; false where it says nothing. */
  move(key, node) {
    const nodes = this.visible();
    const at = nodes.indexOf(node);
    const keys = {
      ArrowDown: () => this.focus(nodes[at + 1]),
      ArrowUp: () => (at ? this.focus(nodes[at - 1]) : this.search.focus()),
      Home: () => this.focus(nodes[0]),
      End: () => this.focus(nodes.at(-1)),
      ArrowRight: () =>
        node.children.length && !node.isOpen
          ? this.open(node, true)
          : this.focus(node.children.find((child) => child.isLeft)),
      ArrowLeft: () => (node.isOpen && node.children.length ? this.open(node, false) : this.focus(node.parent)),
      Enter: () => this.show(node, !node.isShown),
      " ": () => this.show(node, !node.isShown),
    };
    if (!Object.hasOwn(keys, key)) return false;
    keys[key]();
    return true;
  }
}

function typeChip(type, withShare) {
  const name = Object.hasOwn(typeNames, type.type) ? typeNames[type.type] : type.type;
  return make(
    "span",
    { class: "type", "data-type": type.type, title: type.count ? `${name}: ${plural(type.count, "value")}, ${percent(type.share)}` : `${name}: the type of a key` },
    make("abbr", { "aria-label": name, text: type.type }),
    withShare ? make("span", { class: "share", text: percent(type.share) }) : null,
  );
}

function presence(node) {
  const { attribute } = node;
  if (node.kind === "element") return make("span", { class: "quiet", text: plural(attribute.count, "element") });
  if (node.kind === "value") {
    return make(
      "span",
      { class: "quiet" },
      node.map.estimated ? approximately() : null,
      plural(node.map.keys, "different key"),
    );
  }
  if (!attribute.count) return make("span", { class: "quiet", text: "Not seen" });
  return [bar(attribute.presence), make("span", { class: "share", text: percent(attribute.presence) })];
}
