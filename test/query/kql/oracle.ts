import { runInThisContext } from "node:vm";
import bridge from "@kusto/language-service-next/bridge.min.js" with { type: "file" };
import kusto from "@kusto/language-service-next/Kusto.Language.Bridge.min.js" with { type: "file" };

/** The parts of Microsoft's KQL parser that are asked; it is a program compiled from C#, without types of its own. */
interface Diagnostic {
  readonly Code: string;
  readonly Message: string;
  readonly Severity: string;
  readonly Start: number;
}
interface Libraries {
  readonly Bridge: { toArray<T>(list: unknown): T[] };
  readonly Kusto: {
    readonly Language: {
      readonly GlobalState: { Default: { WithDatabase(database: unknown): { WithCache(): unknown } } };
      readonly KustoCode: {
        ParseAndAnalyze(
          query: string,
          state: unknown,
        ): { GetDiagnostics(): unknown; ResultType: { Columns?: unknown } | null };
      };
      readonly Symbols: {
        readonly TableSymbol: { readonly $ctor7: new (name: string, columns: string, description: null) => unknown };
        readonly DatabaseSymbol: { readonly $ctor1: new (name: string, tables: readonly unknown[]) => unknown };
      };
    };
  };
}

const COLUMNS = `(TrackId:string, DeviceId:string, EventType:string, Value:string, Scope:string, PageUri:string, PageTitle:string,
RemoteAddress:string, SessionId:string, User:dynamic, Payload:dynamic, CountryCode:string, City:string, EventTime:datetime)`;

/** What Microsoft's own parser says of a query. */
export interface Verdict {
  /** What is wrong with it, one sentence each; none for a valid one. */
  readonly errors: readonly string[];
  /** The names of the columns of its answer. */
  readonly columns: readonly string[];
}

/** Takes a second to load. */
export async function loadOracle(): Promise<(query: string) => Verdict> {
  // Plain scripts that put their names into the global scope.
  for (const path of [bridge, kusto]) runInThisContext(await Bun.file(path).text());
  const { Bridge, Kusto } = globalThis as unknown as Libraries;
  const { Symbols, GlobalState, KustoCode } = Kusto.Language;
  const table = new Symbols.TableSymbol.$ctor7("Events", COLUMNS, null);
  const state = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.$ctor1("default", [table])).WithCache();
  return (query) => {
    const code = KustoCode.ParseAndAnalyze(query, state);
    return {
      errors: Bridge.toArray<Diagnostic>(code.GetDiagnostics())
        .filter((one) => one.Severity === "Error")
        .map((one) => `${one.Code}: ${one.Message}`),
      columns: code.ResultType?.Columns
        ? Bridge.toArray<{ Name: string }>(code.ResultType.Columns).map(({ Name }) => Name)
        : [],
    };
  };
}
