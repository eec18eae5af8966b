import { createExportEvents, createExportWhole } from "../domain/export-events.ts";
import { createExportVisitor } from "../domain/export-visitor.ts";
import { createFollowEvents, type FollowTiming } from "../domain/follow-events.ts";
import type { Store } from "../domain/ports.ts";

/** What reads at length: exports and streams. Lists and queries ask the store's ports themselves. */
export function createReading(store: Store, { timing }: { timing: FollowTiming }) {
  const exporting = { ...store, wait: Bun.sleep };
  return {
    exportEvents: createExportEvents(exporting),
    exportVisitor: createExportVisitor({ ...store, exportWhole: createExportWhole(exporting) }),
    followEvents: createFollowEvents({ ...store, timing }),
  };
}
