// Fills for the parts of a bar, each with a texture of its own: no part is told by colour alone.

import { svg } from "./dom.js";

// What is drawn on a tile of 8 by 8.
const TEXTURES = {
  plain: "",
  rising: "M-2 2L2 -2M0 8L8 0M6 10L10 6",
  falling: "M-2 6L2 10M0 0L8 8M6 -2L10 2",
  upright: "M4 0V8",
  level: "M0 4H8",
  grid: "M4 0V8M0 4H8",
  lattice: "M0 8L8 0M0 0L8 8M-1 1L1 -1M7 9L9 7M7 -1L9 1M-1 7L1 9",
  dots: "M2 2h.01M6 6h.01",
  rings: "M4 2a2 2 0 1 0 .01 0",
  steps: "M0 6H4V2H8",
};

// The options of a choice, in their order.
const OPTION_TEXTURES = ["plain", "rising", "dots", "level", "lattice", "upright", "falling", "rings", "grid", "steps"];

export const OPTIONS = OPTION_TEXTURES.length;

const FILLS = [
  ["negative", "rising"],
  ["between", "dots"],
  ["positive", "plain"],
  ["open", "falling"],
  ...OPTION_TEXTURES.map((texture, option) => [option, texture]),
];

const size = { width: 8, height: 8 };

document.body.append(
  svg(
    "svg",
    { class: "patterns", "aria-hidden": "true", width: 0, height: 0 },
    ...FILLS.map(([name, texture]) =>
      svg(
        "pattern",
        { id: `pattern-${name}`, class: `fill-${name}`, patternUnits: "userSpaceOnUse", ...size },
        svg("rect", size),
        svg("path", { class: texture, d: TEXTURES[texture] }),
      ),
    ),
  ),
);
