// scimmy-routers with its resources in memory, behind express and one token: node scimmy.mjs PORT TOKEN
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const [port, token] = process.argv.slice(2);

// What SCIMMY asks of who stores: find one or those that match, keep one, drop one.
function memory(unique) {
    const resources = new Map();
    const ids = new Map();
    const drop = (known) => known && ids.delete(known[unique]);
    return {
        egress: (resource) => {
            if (resource.id) {
                const known = resources.get(resource.id);
                if (!known) throw new SCIMMY.Types.Error(404, null, `${resource.id} was not found`);
                return known;
            }
            const all = [...resources.values()];
            return resource.filter ? resource.filter.match(all) : all;
        },
        ingress: (resource, data) => {
            const id = resource.id ?? randomUUID();
            const owner = ids.get(data[unique]);
            if (owner !== undefined && owner !== id) throw new SCIMMY.Types.Error(409, "uniqueness", "it exists");
            drop(resources.get(id));
            // A copy: what SCIMMY gives is read-only through its schema.
            const kept = { ...JSON.parse(JSON.stringify(data)), id };
            resources.set(id, kept);
            ids.set(kept[unique], id);
            return kept;
        },
        degress: (resource) => {
            drop(resources.get(resource.id));
            resources.delete(resource.id);
        },
    };
}

SCIMMY.Resources.declare(SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser), memory("userName"));
SCIMMY.Resources.declare(SCIMMY.Resources.Group, memory("displayName"));

const app = express();
const handler = (request) => {
    if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("the token is wrong");
    return "bench";
};
app.use("/scim/v2", new SCIMMYRouters({ type: "bearer", handler }));
// Connections that wait for the others to finish a phase stay open.
app.listen(Number(port), "127.0.0.1").keepAliveTimeout = 120_000;
