// Files that are served as they are: importing one with `{ type: "file" }` gives its path.

declare module "swagger-ui-dist/swagger-ui-bundle.js" {
  const path: string;
  export default path;
}

declare module "swagger-ui-dist/swagger-ui.css" {
  const path: string;
  export default path;
}

declare module "swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt" {
  const path: string;
  export default path;
}

declare module "swagger-ui-dist/LICENSE" {
  const path: string;
  export default path;
}

declare module "swagger-ui-dist/NOTICE" {
  const path: string;
  export default path;
}

declare module "*/docs-page.js" {
  const path: string;
  export default path;
}

declare module "*/docs-page.css" {
  const path: string;
  export default path;
}

declare module "*/favicon.svg" {
  const path: string;
  export default path;
}
