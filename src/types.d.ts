/** Written into the bundle by the build; not defined in source. */
declare const FOOTFALL_BUILD: import("./version.ts").Build;

declare module "*.sql" {
  const text: string;
  export default text;
}

// Files that are read when they are needed: importing one with `{ type: "file" }` gives its path.
declare module "*.mmdb" {
  const path: string;
  export default path;
}
