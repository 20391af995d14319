// @boxyhq/saml-jackson with its engine in memory, behind express and its own token: node jackson.cjs PORT TOKEN
const express = require("express");
const jackson = require("@boxyhq/saml-jackson").default;

const [port, token] = process.argv.slice(2);

async function main() {
    const { directorySyncController: sync } = await jackson({
        externalUrl: `http://127.0.0.1:${port}`,
        samlAudience: "https://bench.example.com",
        samlPath: "/saml",
        scimPath: "/scim/v2",
        // By default it counts no more than 50 users.
        db: { engine: "mem", pageLimit: 1_000_000 },
    });
    const created = await sync.directories.create({ tenant: "bench", product: "bench", name: "bench", type: "okta-scim-v2" });
    const directoryId = created.data.id;
    // Directories are given a secret; the one that all of the measured have is put in its place.
    const stored = await sync.directories.get(directoryId);
    const secret = stored.data.scim.secret;
    const app = express();
    app.use(express.json({ type: ["application/json", "application/scim+json"], limit: "6mb" }));
    app.all("/scim/v2/:type{/:id}", async (request, response) => {
        // Whoever shows the common token has the directory's secret, which Jackson then checks itself.
        const shown = request.header("Authorization")?.slice("Bearer ".length);
        const { startIndex, count, filter } = request.query;
        const { status, data } = await sync.requests.handle({
            method: request.method,
            body: request.body,
            directoryId,
            resourceType: request.params.type.toLowerCase(),
            resourceId: request.params.id,
            apiSecret: shown === token ? secret : shown ?? null,
            query: { startIndex: startIndex && Number(startIndex), count: count && Number(count), filter },
        });
        response.status(status).type("application/scim+json").send(JSON.stringify(data ?? null));
    });
    // Connections that wait for the others to finish a phase stay open.
    app.listen(Number(port), "127.0.0.1").keepAliveTimeout = 120_000;
}

main();
