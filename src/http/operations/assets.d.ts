// Served as it is: importing it with `{ type: "file" }` gives its path.

declare module "*/built/client.js" {
  const path: string;
  export default path;
}
