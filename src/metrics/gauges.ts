import type { Figures } from "./figures.ts";

/** A figure that is looked up when somebody asks for it. */
export interface GaugeSource {
  readonly name: `footfall_${string}`;
  readonly help: string;
  /** Null where there is none just now, or it fails: then the figure is missing, not 0. */
  read(): number | null | Promise<number | null>;
}

export function addGauges(figures: Figures, sources: readonly GaugeSource[]): void {
  figures.add((registry, { Gauge }) => {
    for (const { name, help, read } of sources) {
      new Gauge({
        name,
        help,
        registers: [registry],
        async collect() {
          // Missing if this fails, too: one figure that cannot be looked up must not hide the others.
          this.remove();
          try {
            const value = await read();
            if (value !== null) this.set(value);
          } catch {}
        },
      });
    }
  });
}
