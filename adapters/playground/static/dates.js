// Moments in words, on the clocks of the person who reads them: British words and 24 hours, as on
// the cards.

const LOCALE = "en-GB";

/** For example "10:00". Without a `zone` the browser's own clocks count, here and below. */
export function timeOf(at, zone) {
  return at.toLocaleTimeString(LOCALE, { timeZone: zone, hour: "2-digit", minute: "2-digit" });
}

/** For example "Tuesday 24 November". */
export function dayOf(at, zone) {
  return at.toLocaleDateString(LOCALE, { timeZone: zone, weekday: "long", day: "numeric", month: "long" });
}

/** For example "Tue, 24 Nov 2026". */
export function dateOf(at, zone) {
  return at.toLocaleDateString(LOCALE, { timeZone: zone, weekday: "short", day: "numeric", month: "short", year: "numeric" });
}

/** For example "GMT". */
export function zoneOf(at, zone) {
  const parts = new Intl.DateTimeFormat(LOCALE, { timeZone: zone, timeZoneName: "short" }).formatToParts(at);
  return parts.find((part) => part.type === "timeZoneName").value;
}
