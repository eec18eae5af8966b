/**
 * Calls `leave` when the page is about to go, or is no longer seen: on phones there may be no other
 * sign before its end. Does nothing where there is no page.
 */
export function onPageHide(leave: () => void): void {
  globalThis.document?.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") leave();
  });
  globalThis.window?.addEventListener?.("pagehide", leave);
}
