// Cards: the blocks of one message.

import { freshId, h, svg } from "./dom.js";
import { OPTIONS } from "./patterns.js";

// Parts of a bar that mean the same in every chart always look the same, whatever their place.
const MEANINGS = {
  negative: "negative",
  "in between": "between",
  positive: "positive",
  "not shown": "open",
  "perhaps as well": "open",
};

const NARROW = 280; // pixels: a bar is at least as wide

/** The blocks of a card. `press` is called with a button of the card. */
export function renderCard(card, press) {
  return card.blocks.map((block) => renderBlock(block, press));
}

function renderBlock(block, press) {
  switch (block.type) {
    case "text":
      return block.tone === "heading"
        ? h("h3", {}, block.text)
        : h("p", { class: block.tone === "quiet" ? "quiet" : null }, block.text);
    case "facts":
      return h("dl", {}, ...block.rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
    case "buttons":
      return renderButtons(block.buttons, press);
    case "chart":
      return renderChart(block);
    case "divider":
      return h("hr");
    default:
      throw new Error(`no such block: ${block.type}`);
  }
}

function renderButtons(buttons, press) {
  const longest = Math.max(...buttons.map((button) => button.label.length));
  const layout = longest <= 3 ? "numbers" : buttons.length > 3 && longest > 15 ? "list" : "row";
  return h(
    "div",
    { class: `buttons ${layout}` },
    ...buttons.map((button) =>
      h(
        "button",
        {
          type: "button",
          class: button.emphasis,
          "aria-label": button.says || null,
          title: button.says || null,
          onclick: (event) => press(button, event),
        },
        button.label,
      ),
    ),
  );
}

/** Stacked bars, told apart by pattern, order and legend as well as by colour. */
function renderChart(chart) {
  const title = freshId("chart");
  const whole = Math.max(1, ...chart.bars.map((bar) => sum(bar.values)));
  const fills = chart.series.map((name, series) => `url(#pattern-${MEANINGS[name] || series % OPTIONS})`);
  return h(
    "figure",
    { class: "chart", "aria-labelledby": title },
    h("figcaption", { id: title }, chart.title),
    h(
      "ul",
      { class: "legend", "aria-hidden": "true" },
      ...chart.series.map((name, series) =>
        h("li", {}, svg("svg", { width: 16, height: 16 }, segment(fills[series], "0", "100%", 16)), name),
      ),
    ),
    h(
      "div",
      { class: "bars", role: "img", "aria-label": chart.alt },
      ...chart.bars.map((bar) => h("div", {}, h("span", {}, bar.label), renderBar(bar.values, whole, fills))),
    ),
    chart.columns ? h("details", {}, h("summary", {}, "Show the numbers"), numbers(chart)) : null,
  );
}

function renderBar(values, whole, fills) {
  let start = 0;
  const parts = [];
  const pills = values.map((value) => 8 + 8 * String(value).length);
  // All numbers of a bar or none: some alone would not add up.
  const fit = values.every((value, series) => value === 0 || (NARROW * value) / whole > pills[series]);
  values.forEach((value, series) => {
    const width = (100 * value) / whole;
    if (value > 0) parts.push(segment(fills[series], `${start}%`, `${width}%`, 28));
    // A pill behind the number keeps it readable on every pattern.
    if (fit && value > 0) {
      const middle = `${start + width / 2}%`;
      const pill = pills[series];
      parts.push(
        svg("rect", { class: "pill", x: middle, y: 5, width: pill, height: 18, rx: 9, transform: `translate(${-pill / 2})` }),
        svg("text", { x: middle, y: 18, "text-anchor": "middle" }, String(value)),
      );
    }
    start += width;
  });
  return svg("svg", { class: "bar", width: "100%", height: 28, "aria-hidden": "true" }, ...parts);
}

function segment(fill, x, width, height) {
  return svg("rect", { class: "segment", x, width, height, fill });
}

/** Each range as it is printed. Where there are many columns a name has a line to itself. */
function numbers(chart) {
  const many = chart.columns.length > 2;
  const head = (many ? chart.columns : ["", ...chart.columns]).map((name) => h("th", { scope: "col" }, name));
  const rows = chart.bars.map((bar) => {
    const cells = bar.printed.map((text) => h("td", {}, text));
    return many
      ? [h("tr", {}, h("th", { scope: "rowgroup", colspan: cells.length }, bar.label)), h("tr", {}, ...cells)]
      : [h("tr", {}, h("th", { scope: "row" }, bar.label), ...cells)];
  });
  const bodies = rows.map((row) => h("tbody", {}, ...row));
  const table = h("table", {}, h("thead", {}, h("tr", {}, ...head)), ...bodies);
  return h("div", { class: "numbers", role: "group", "aria-label": "The numbers", tabindex: "0" }, table);
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
