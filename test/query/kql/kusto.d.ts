// Files that are read as they are: importing one with `{ type: "file" }` gives its path.

declare module "@kusto/language-service-next/bridge.min.js" {
  const path: string;
  export default path;
}

declare module "@kusto/language-service-next/Kusto.Language.Bridge.min.js" {
  const path: string;
  export default path;
}
