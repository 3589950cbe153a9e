// One chat: who is played, the messages, and the box for commands.

import { get, post } from "./api.js";
import { renderCard } from "./card.js";
import { dayOf, timeOf } from "./dates.js";
import { freshId, h } from "./dom.js";
import { openForm } from "./form.js";

const SLOW = 900; // milliseconds after which we say that it takes a while
const SETTLE = 400; // milliseconds in which a new card ignores the second half of a double click
const NEAR = 60; // pixels from where it came to rest within which a chat follows what comes
const ABOVE = 10; // pixels left above a long message

const EMPTY = {
  participant: "No messages yet. Press Next event at the top, and the first one comes.",
  facilitator: "No messages yet. Type /pulse help to see what you can do.",
  lead: "No messages yet. Results come here when a round closes.",
};

export class Pane {
  /**
   * `people` can be played here; `now()` is the clock. `changed()` hears of another choice,
   * `arrived(pane)` of what is unread, `acted()` of everything that was done here.
   */
  constructor(role, title, people, user, { now, changed, arrived, acted }) {
    this.role = role;
    this.user = user;
    this.last = 0;
    this.unread = 0;
    this.now = now;
    this.changed = changed;
    this.arrived = arrived;
    this.acted = acted;
    this.messages = new Map(); // number -> article
    this.typed = [];
    this.build(title);
    this.offer(people);
  }

  build(title) {
    const heading = freshId("pane");
    this.select = h("select", { "aria-label": `${title}: who you play`, onchange: () => this.play(this.select.value) });
    this.log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-labelledby": heading, tabindex: "0", onscroll: () => this.scrolled() });
    this.newer = h("button", { class: "newer", type: "button", hidden: true, onclick: () => this.toNewest() }, "New messages below");
    this.status = h("p", { class: "status", role: "status" });
    this.input = h("input", {
      "aria-label": `Command as ${title.toLowerCase()}`,
      placeholder: "/pulse help",
      maxlength: 4000,
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      onkeydown: (event) => this.recall(event),
    });
    this.avatar = h("span", { class: "avatar", "aria-hidden": "true" });
    this.element = h(
      "section",
      { class: `pane ${this.role}`, "aria-labelledby": heading, id: `pane-${this.role}` },
      h("header", {}, this.avatar, h("div", {}, h("h2", { id: heading }, title), this.select)),
      h("div", { class: "scroll" }, this.log, this.newer),
      this.status,
      h(
        "form",
        { class: "composer", onsubmit: (event) => this.command(event) },
        this.input,
        h("button", { type: "submit", class: "primary", "aria-label": "Send the command" }, "Send"),
      ),
    );
  }

  /** Who can be played here. Whoever is played stays, unless they have left: then true. */
  offer(people) {
    const same = JSON.stringify(people) === JSON.stringify(this.people);
    this.people = people;
    if (same) return false; // the list may be open: leave it alone
    this.select.replaceChildren(...choices(people));
    this.select.value = this.user;
    const left = this.select.selectedIndex < 0;
    if (left) this.play(people[0].user);
    return left;
  }

  async play(user) {
    this.user = this.select.value = user;
    await this.load();
    this.changed();
  }

  /** The clocks that the person lives by. */
  get zone() {
    return this.people.find((person) => person.user === this.user)?.zone || undefined;
  }

  async load() {
    this.avatar.textContent = initials(this.select.selectedOptions[0]?.textContent || "");
    this.log.setAttribute("aria-live", "off"); // what was there before is not news
    this.log.replaceChildren(h("p", { class: "empty" }, EMPTY[this.role]));
    this.messages.clear();
    this.day = "";
    this.say("");
    const user = this.user;
    try {
      const answer = await get("/messages", { user });
      if (user !== this.user) return;
      for (const message of answer.messages) this.show(message);
      this.last = answer.last;
    } catch (error) {
      this.say(error.message);
    }
    this.read();
    this.toNewest();
    requestAnimationFrame(() => this.log.setAttribute("aria-live", "polite"));
  }

  /** A message from the stream: new, or in place of what it said before. */
  take(message) {
    const known = this.messages.get(message.id);
    if (known) {
      this.replace(known, message.card);
      return;
    }
    const follow = this.follows();
    this.show(message);
    if (follow) this.toNewest();
    else this.newer.hidden = false;
    this.unread += 1;
    this.arrived(this);
  }

  show(message) {
    const article = this.article(message.card, message.at, message.id);
    this.messages.set(message.id, article);
    this.append(article, message.at);
  }

  /** Something that is not kept: a reply for this person's eyes only, or what they typed. */
  whisper(element) {
    this.append(element, this.now().toISOString());
    this.toNewest();
  }

  append(element, at) {
    this.log.querySelector(".empty")?.remove();
    const day = dayOf(new Date(at), this.zone);
    if (day !== this.day) this.log.append(h("p", { class: "day" }, h("span", {}, day)));
    this.day = day;
    this.log.append(element);
  }

  article(card, at, number = null) {
    const author = freshId("author");
    const body = h("div", { class: "card" });
    const article = h(
      "article",
      { class: number === null ? "message whisper" : "message", tabindex: "-1", "aria-labelledby": author },
      h(
        "p",
        { class: "meta", id: author },
        h("strong", {}, "Soundings"),
        h("time", { datetime: at }, timeOf(new Date(at), this.zone)),
        number === null ? h("span", { class: "only" }, "Only you can see this") : null,
      ),
      body,
    );
    article.number = number;
    this.fill(article, card);
    return article;
  }

  fill(article, card) {
    article.shown = JSON.stringify(card);
    article.querySelector(".card").replaceChildren(...renderCard(card, (button, event) => this.press(article, button, event)));
  }

  replace(article, card) {
    if (article.shown === JSON.stringify(card)) return;
    const follow = this.follows();
    const focused = article.contains(document.activeElement);
    this.fill(article, card);
    article.restsUntil = performance.now() + SETTLE;
    article.classList.remove("changed");
    requestAnimationFrame(() => article.classList.add("changed"));
    if (focused) article.focus({ preventScroll: true });
    if (follow) this.toNewest();
  }

  async press(article, button, event) {
    if (article.busy || performance.now() < (article.restsUntil || 0)) return;
    article.busy = true;
    article.setAttribute("aria-busy", "true");
    event.currentTarget.classList.add("pressed");
    // The action is sent, not the button's place: the card may have changed by the time it arrives.
    await this.ask("/press", { button: button.action, message: article.number }, article);
    article.busy = false;
    article.removeAttribute("aria-busy");
    event.target.classList.remove("pressed");
  }

  async command(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    if (!text) return;
    this.typed.push(text);
    this.recalled = this.typed.length;
    this.input.value = "";
    this.whisper(h("p", { class: "mine" }, h("span", { class: "hidden" }, "You: "), text));
    await this.ask("/command", { text }, null);
  }

  /** Send something and show what comes back; a failure is said in a sentence. */
  async ask(path, body, article) {
    const slow = setTimeout(() => this.say("Still working on it."), SLOW);
    try {
      const answer = await post(path, { user: this.user, ...body });
      this.say("");
      for (const reply of answer.replies) this.apply(reply, article);
      this.acted();
    } catch (error) {
      this.say(error.message);
    } finally {
      clearTimeout(slow);
    }
  }

  apply(reply, article) {
    if (reply.type === "open") this.open(reply.form, article);
    else if (reply.type === "replace" && article) this.replace(article, reply.card);
    else if (reply.type === "say" || reply.type === "replace") this.whisper(this.article(reply.card, this.now().toISOString()));
    else if (reply.type === "errors") this.say(Object.values(reply.errors).join(" "));
  }

  open(form, article) {
    const user = this.user;
    const about = { user, action: form.action, message: article?.number ?? null };
    let next = [];
    openForm(form, {
      send: async (values) => {
        const answer = await post("/submit", { ...about, values });
        const refused = answer.replies.find((reply) => reply.type === "errors");
        if (refused) return refused.errors;
        next = answer.replies;
        this.acted();
        return {};
      },
      leave: (values) => post("/close", { ...about, values }).catch((error) => this.say(error.message)),
      done: () => {
        if (article?.isConnected) article.focus({ preventScroll: true });
        else this.input.focus();
        for (const reply of next) this.apply(reply, article);
      },
    });
  }

  recall(event) {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    const step = event.key === "ArrowUp" ? -1 : 1;
    const at = Math.min(Math.max((this.recalled ?? this.typed.length) + step, 0), this.typed.length);
    if (this.typed.length === 0) return;
    event.preventDefault();
    this.recalled = at;
    this.input.value = this.typed[at] ?? "";
  }

  say(text) {
    const follow = this.follows();
    this.status.textContent = text;
    if (follow) this.toNewest();
  }

  read() {
    this.unread = 0;
    this.arrived(this);
  }

  atBottom() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR;
  }

  /** Whether the newest message comes into view: not while somebody reads further up. */
  follows() {
    return this.atBottom() || Math.abs(this.log.scrollTop - this.restsAt) < NEAR;
  }

  /** Show the newest message from its start: a long one is read from the top. */
  toNewest() {
    const newest = this.log.lastElementChild;
    const long = newest && newest.offsetHeight + NEAR > this.log.clientHeight;
    this.log.scrollTop = long ? newest.offsetTop - this.log.offsetTop - ABOVE : this.log.scrollHeight;
    this.restsAt = this.log.scrollTop;
    this.newer.hidden = true;
  }

  scrolled() {
    if (this.atBottom()) this.newer.hidden = true;
  }
}

function choices(people) {
  const teams = new Map();
  for (const person of people) teams.set(person.team, [...(teams.get(person.team) || []), person]);
  return [...teams].flatMap(([team, members]) => {
    const options = members.map((person) => h("option", { value: person.user }, person.name));
    return team ? [h("optgroup", { label: team }, ...options)] : options;
  });
}

function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  return [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => (word || "").charAt(0)).join("").toUpperCase();
}
