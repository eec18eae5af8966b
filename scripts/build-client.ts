import { gzipSync } from "node:zlib";
import { bundleClient, CLIENT_SCRIPT } from "./client/client-script.ts";

const script = await bundleClient();
await Bun.write(CLIENT_SCRIPT, script);
console.log(`src/client/built/client.js: ${script.length} bytes, ${gzipSync(script).byteLength} with gzip`);
