// Keeps what is shown up to date: asks for the same address again, and puts its <main> in the place of this one.
// Without this script a screen stays as it was when it was loaded.
const main = () => document.getElementById("main");
const offline = shown => { document.getElementById("offline").hidden = !shown; };

// What somebody is writing, or choosing, is not taken away.
const isInUse = () =>
  document.activeElement?.matches("main :is(input, select, textarea)") ||
  [...document.querySelectorAll("main :is(input, textarea)")].some(field => field.value !== field.defaultValue) ||
  !getSelection().isCollapsed;

const steps = element => {
  const all = [...main().querySelectorAll(element.tagName)];
  return [element.tagName, all.indexOf(element)];
};
const at = ([tag, place]) => main().querySelectorAll(tag)[place];

async function refresh() {
  if (document.hidden || isInUse()) return;
  const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
  offline(!answer);
  if (!answer || isInUse()) return;
  const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
  if (!next) return;
  const focused = main().contains(document.activeElement) && steps(document.activeElement);
  const open = [...main().querySelectorAll("details[open]")].map(steps);
  main().replaceWith(next);
  open.forEach(place => at(place)?.setAttribute("open", ""));
  if (focused) at(focused)?.focus({ preventScroll: true });
}

const updates = main()?.dataset.updates;
if (updates) {
  const events = new EventSource("/live");
  events.onopen = () => offline(false);
  events.onerror = () => offline(true);
  if (updates === "live") events.onmessage = refresh;
  else setInterval(refresh, Number(updates) * 1000);
  document.addEventListener("visibilitychange", refresh);
  // Else going back to this page would find its connection closed.
  addEventListener("pagehide", () => events.close());
}
