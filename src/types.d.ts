declare module "*.sql" {
  const text: string;
  export default text;
}

// Files that are read when they are needed: importing one with `{ type: "file" }` gives its path.
declare module "*.mmdb" {
  const path: string;
  export default path;
}
