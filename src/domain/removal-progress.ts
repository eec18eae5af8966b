/** How far the removal of events has come. */
export interface RemovalProgress {
  readonly removed: number;
  /** How many there were to remove at its start. Once all are, it is only cleared up what they have left. */
  readonly expected: number;
}
