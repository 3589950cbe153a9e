// The page: three chats, one clock, and a stream of what changes.

import { get, post } from "./api.js";
import { dateOf, timeOf, zoneOf } from "./dates.js";
import { h } from "./dom.js";
import { Pane } from "./pane.js";

const ROLES = [
  ["participant", "Participant"],
  ["facilitator", "Facilitator"],
  ["lead", "Lead"],
];

const SLOW = 700; // milliseconds after which we say that it takes a while

const byId = (id) => document.getElementById(id);
const panes = [];
let stream = null;
let clock = { now: null, read: 0, moving: false };
let lost = false;

async function start() {
  const cast = await get("/cast");
  setClock(cast.clock);
  const chosen = new URLSearchParams(location.hash.slice(1));
  for (const [role, title] of ROLES) {
    const people = playable(cast, role);
    if (people.length === 0) continue;
    const wanted = people.find((person) => person.user === chosen.get(role)) || people[0];
    panes.push(new Pane(role, title, people, wanted.user, { now, changed: follow, arrived: showTabs, acted: recast }));
  }
  if (panes.length === 0) {
    notice("There is nobody to play yet. Import people first, then load this page again.");
    return;
  }
  byId("panes").append(...panes.map((pane) => pane.element));
  byId("tabs").append(...panes.map(tab));
  choose(panes[0]);
  await Promise.all(panes.map((pane) => pane.load()));
  follow();
  byId("next").addEventListener("click", () => move("next"));
  byId("day").addEventListener("click", () => move("day"));
}

function playable(cast, role) {
  return cast.people.filter((person) => person.roles.includes(role));
}

/** People come and go by what is done in a chat: offer those who are here now. */
async function recast() {
  const cast = await get("/cast").catch(() => null);
  if (!cast) return; // whatever is wrong shows at the next thing that is done
  for (const pane of panes) {
    const people = playable(cast, pane.role);
    const gone = pane.people.find((person) => person.user === pane.user);
    if (people.length && pane.offer(people)) notice(`${gone.name} is not here any more. The chat shows somebody else now.`);
  }
}

// --- the stream ------------------------------------------------------------------------------

/** Hear of everything that changes for the people on screen, from what they have seen on. */
function follow() {
  const users = panes.map((pane) => pane.user);
  history.replaceState(null, "", `#${new URLSearchParams(panes.map((pane) => [pane.role, pane.user]))}`);
  stream?.close();
  const query = new URLSearchParams(users.map((user) => ["user", user]));
  query.set("since", String(Math.min(...panes.map((pane) => pane.last))));
  stream = new EventSource(`/stream?${query}`);
  stream.onopen = () => {
    if (lost) notice("");
    lost = false;
  };
  stream.onerror = () => {
    lost = true;
    notice("The connection is lost. Check that the playground is still running: this page tries again by itself.");
  };
  stream.addEventListener("message", take);
  stream.addEventListener("replaced", take);
  stream.addEventListener("clock", (event) => setClock(JSON.parse(event.data)));
}

function take(event) {
  const message = JSON.parse(event.data);
  for (const pane of panes) {
    // One person may be played in two chats; each has its own place in the stream.
    if (pane.user !== message.user || message.changed <= pane.last) continue;
    pane.last = message.changed;
    pane.take(message);
  }
}

// --- the clock -------------------------------------------------------------------------------

function now() {
  return new Date(clock.now.getTime() + (clock.moving ? 0 : performance.now() - clock.read));
}

function setClock({ now: at, moving }) {
  clock = { now: new Date(at), read: performance.now(), moving };
  for (const id of ["next", "day"]) byId(id).disabled = moving || panes.length === 0;
  document.body.classList.toggle("moving", moving);
  showClock();
}

function showClock() {
  if (!clock.now) return;
  const at = now();
  const zone = panes[0]?.zone;
  byId("time").textContent = timeOf(at, zone);
  byId("time").setAttribute("datetime", at.toISOString());
  byId("date").textContent = `${dateOf(at, zone)} · ${clock.moving ? "time is moving" : zoneOf(at, zone)}`;
}

async function move(step) {
  const pressed = byId(step);
  notice("");
  const slow = setTimeout(() => notice("Time is moving. Colleagues answer meanwhile."), SLOW);
  setClock({ now: now().toISOString(), moving: true });
  try {
    const answer = await post("/clock", { step, users: panes.map((pane) => pane.user) });
    setClock(answer.clock);
    notice(answer.said);
  } catch (error) {
    setClock({ now: clock.now.toISOString(), moving: false });
    notice(error.message);
  }
  clearTimeout(slow);
  // A disabled button loses the focus; give it back unless it has gone elsewhere.
  if (document.activeElement === document.body) pressed.focus();
}

// --- tabs, for narrow screens ----------------------------------------------------------------

function tab(pane) {
  pane.tab = h(
    "button",
    {
      role: "tab",
      type: "button",
      id: `tab-${pane.role}`,
      "aria-controls": `pane-${pane.role}`,
      onclick: () => choose(pane),
      onkeydown: (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const next = panes[(panes.indexOf(pane) + step + panes.length) % panes.length];
        choose(next);
        next.tab.focus();
      },
    },
    "",
  );
  return pane.tab;
}

function choose(chosen) {
  for (const pane of panes) {
    const on = pane === chosen;
    pane.element.classList.toggle("chosen", on);
    pane.tab.setAttribute("aria-selected", String(on));
    pane.tab.tabIndex = on ? 0 : -1;
  }
  chosen.read();
  chosen.toNewest();
}

function showTabs(pane) {
  if (!pane.tab) return;
  if (pane.element.classList.contains("chosen")) pane.unread = 0;
  const title = ROLES.find(([role]) => role === pane.role)[1];
  const badge = pane.unread ? h("span", { class: "badge" }, `${pane.unread} new`) : null;
  pane.tab.replaceChildren(...[title, badge].filter(Boolean));
}

function notice(text) {
  byId("notice").textContent = text;
  byId("notice").classList.toggle("shown", Boolean(text));
}

byId("help").addEventListener("click", () => byId("guide").showModal());
byId("guide").querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  byId("guide").close();
});
setInterval(showClock, 1000);
start().catch((error) => notice(error.message));
