// Cards: the blocks of one message.

import { freshId, h, svg } from "./dom.js";
import { OPTIONS } from "./patterns.js";

// Parts of a bar that mean the same in every chart always look the same, whatever their place.
const MEANINGS = {
  negative: "negative",
  "in between": "between",
  positive: "positive",
  "not told apart": "open",
  "perhaps as well": "open",
};

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
    h("details", {}, h("summary", {}, "Show the numbers"), numbers(chart)),
  );
}

function renderBar(values, whole, fills) {
  let start = 0;
  const parts = [];
  values.forEach((value, series) => {
    const width = (100 * value) / whole;
    if (value > 0) parts.push(segment(fills[series], `${start}%`, `${width}%`, 28));
    // A pill behind the number keeps it readable on every pattern.
    if (width >= 8) {
      const middle = `${start + width / 2}%`;
      const pill = 10 + 8 * String(value).length;
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

function numbers(chart) {
  const head = ["", ...chart.series].map((name) => h("th", { scope: "col" }, name));
  const rows = chart.bars.map((bar) =>
    h("tr", {}, h("th", { scope: "row" }, bar.label), ...bar.values.map((value) => h("td", {}, String(value)))),
  );
  return h("table", {}, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows));
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
