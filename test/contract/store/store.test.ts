import { createFileDatabase, createReplicatedDatabase, createServerDatabase } from "../../support/store.ts";
import { storeContract } from "./contract.ts";

storeContract("a store on a file", createFileDatabase);
storeContract("a store on a libSQL server", createServerDatabase);
storeContract("a store on a libSQL server with a replica", createReplicatedDatabase);
