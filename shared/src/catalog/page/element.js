"use strict";
// Makes elements and writes values. Whatever comes from data goes in as text, here and nowhere else; the policy in
// index.html forbids all that would make markup of it.

/** Makes an element; a property is an attribute, `text`, or `on…` for a listener. What is null is left out. */
function make(tag, properties = {}, ...children) {
  const element =
    tag === "svg" || svgTags.has(tag) ? document.createElementNS(svgSpace, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const svgSpace = "http://www.w3.org/2000/svg";
const svgTags = new Set(["g", "rect", "line", "circle", "title"]);

const byId = (id) => document.getElementById(id);

/** Characters that one does not see, or that turn the order of others: they are shown by their number. */
const unseen = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u;
const unseenOrNot = new RegExp(`(${unseen.source})`, "u");

/** Text from data: apart from the direction of the text around it, and with nothing invisible. */
function words(text, name = "data") {
  const of = make("bdi", { class: name });
  if (text === "") of.append(make("span", { class: "mark", text: "empty" }));
  for (const part of text.split(unseenOrNot)) {
    if (unseen.test(part)) {
      const code = part.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
      of.append(make("span", { class: "mark", title: "A character that cannot be seen", text: `U+${code}` }));
    } else if (part) {
      of.append(...(name.includes("number") ? grouped(part) : [part]));
    }
  }
  return of;
}

/** Sets the digits before the point apart by threes, by space that is no text: what is copied has none. */
function grouped(text) {
  return text.split(/(?<![\d.eE+])(\d{5,})/u).flatMap((part, at) => {
    if (at % 2 === 0) return part ? [part] : [];
    const first = part.length % 3 || 3;
    return [part.slice(0, first), ...part.slice(first).match(/.{3}/gu).map((text) => make("i", { class: "three", text }))];
  });
}

/** A value from data: text, a number with all its digits, true or false, a list or map as JSON. */
function valueOf(value) {
  if (typeof value === "string") return words(value, "data text");
  if (value === null || typeof value !== "object") return words(String(value), "data number");
  return "number" in value ? words(value.number, "data number") : words(value.json, "data");
}

/** The plain text of a value, for those who cannot see. */
function textOf(value) {
  if (value === null || typeof value !== "object") return String(value);
  return value.number ?? value.json;
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const some = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

const count = (number) => whole.format(number);
const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

function percent(share) {
  const hundredth = share * 100;
  if (hundredth > 0 && hundredth < 0.1) return "<0.1%";
  if (hundredth < 100 && hundredth > 99.9) return ">99.9%";
  return `${some.format(hundredth)}%`;
}

function size(bytes) {
  const units = ["B", "KB", "MB", "GB", "TB", "PB"];
  let unit = 0;
  while (bytes >= 999.95 && unit < units.length - 1) {
    bytes /= 1000;
    unit += 1;
  }
  return `${some.format(bytes)} ${units[unit]}`;
}

const dollars = (usd) => (usd > 0 && usd < 0.01 ? "<$0.01" : `$${usd.toFixed(2)}`);

/** A time of RFC 3339, to the minute, if it is one. */
function time(text) {
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*(Z|\+00:00)$/.exec(text);
  return parts ? `${parts[1]} ${parts[2]} UTC` : text;
}

/** A word of DynamoDB's or ours, such as `PAY_PER_REQUEST`, for reading. */
function readable(word) {
  const text = word.toLowerCase().replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A pair of a list of descriptions. */
function described(name, ...what) {
  return make("div", {}, make("dt", { text: name }), make("dd", {}, ...what));
}

function badge(text, kind = "", title = null) {
  return make("span", { class: `badge ${kind}`, title }, words(text));
}

/** A share as a bar; the text beside it says the same. */
function bar(share, kind = "bar") {
  const filled = make("span", {});
  filled.style.width = `${Math.min(Math.max(share, 0), 1) * 100}%`;
  return make("span", { class: kind, "aria-hidden": "true" }, filled);
}

/** What stands where something could not be asked. */
const unknown = () => make("span", { class: "quiet", text: "Not known" });

/** A part of a page with a heading. */
function panel(title, properties, ...children) {
  return make(
    "section",
    { ...properties, class: `panel ${properties.class ?? ""}` },
    make("h2", { tabindex: "-1", text: title }),
    ...children,
  );
}

/** A table of plain rows; cells are elements or text. */
function grid(columns, rows, name) {
  const head = make(
    "tr",
    {},
    columns.map((text) => make("th", { scope: "col", text })),
  );
  const body = rows.map((cells) =>
    make(
      "tr",
      {},
      cells.map((cell, at) => make("td", { "data-label": columns[at] }, make("div", {}, cell))),
    ),
  );
  return make("table", { class: `grid ${name ?? ""}` }, make("thead", {}, head), make("tbody", {}, body));
}
