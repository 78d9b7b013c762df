// Two keys from any page: "/" puts the cursor into the search, "n" opens a new log entry. Nothing needs them.
document.addEventListener("keydown", (event) => {
  const at = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || at.isContentEditable || /^(input|select|textarea)$/i.test(at.tagName)) return;
  const door = { "/": "find", n: "log-door" }[event.key];
  const target = door && document.getElementById(door);
  if (!target) return;
  event.preventDefault();
  if (event.key === "/") target.focus();
  else target.click();
});
