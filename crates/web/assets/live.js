// Keeps what is shown up to date: asks for the same address again, and puts its <main> in the place of this one.
// Without this script a screen stays as it was when it was loaded.
const AGAIN = 5000;
const main = () => document.getElementById("main");
const offline = shown => { document.getElementById("offline").hidden = !shown; };
const all = selector => [...main().querySelectorAll(selector)];

// What somebody is writing, choosing or copying is not taken away.
const isInUse = () =>
  main().contains(document.activeElement) && document.activeElement.matches("input, select, textarea") ||
  all("input, textarea").some(field => field.value !== field.defaultValue) ||
  all("option").some(option => option.selected !== option.defaultSelected) ||
  !getSelection().isCollapsed;

// An element is found again by what it does: a key that is pressed then must do nothing else.
const aim = element =>
  element.getAttribute("href") ?? element.form?.getAttribute("action") ?? element.getAttribute("aria-label");
const alike = (tag, aimed) => all(tag).filter(element => aim(element) === aimed);
const place = element => {
  const [tag, aimed] = [element.tagName, aim(element)];
  const number = alike(tag, aimed).indexOf(element);
  return () => alike(tag, aimed)[number];
};

let isAsking = false;
async function refresh() {
  if (isAsking || document.hidden || isInUse()) return;
  isAsking = true;
  const asked = fetch(location.href, { headers: { accept: "text/html" } });
  const text = await asked.then(answer => answer.text()).catch(() => null);
  isAsking = false;
  offline(text === null);
  const next = text && new DOMParser().parseFromString(text, "text/html").getElementById("main");
  if (!next || isInUse()) return;
  const focused = main().contains(document.activeElement) && place(document.activeElement);
  const open = all("details[open]").map(place);
  const scrolled = all(".scroll").map(element => [place(element), element.scrollLeft]);
  main().replaceWith(next);
  open.forEach(found => found()?.setAttribute("open", ""));
  scrolled.forEach(([found, left]) => found()?.scrollTo({ left, behavior: "instant" }));
  if (focused) focused()?.focus({ preventScroll: true });
}

// Only what is in sight is told of news: a browser has few connections, and each read of the tables costs.
let events;
function listen() {
  events?.close();
  if (document.hidden) return;
  const opened = events = new EventSource("/live");
  opened.onopen = () => offline(false);
  opened.onmessage = refresh;
  opened.onerror = () => {
    offline(true);
    // The browser tries again by itself, unless it was refused.
    if (opened.readyState === EventSource.CLOSED) setTimeout(() => opened === events && listen(), AGAIN);
  };
}

const updates = main()?.dataset.updates;
if (updates) {
  document.addEventListener("visibilitychange", refresh);
  if (updates !== "live") {
    setInterval(refresh, Number(updates) * 1000);
  } else {
    document.addEventListener("visibilitychange", listen);
    addEventListener("pageshow", listen);
    addEventListener("pagehide", () => events?.close());
  }
}
