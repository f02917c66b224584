# The server in a container; compose.yaml runs three of them.
FROM node:26-slim AS build
WORKDIR /lab
COPY . .
RUN npm ci && npm prune --omit=dev --ignore-scripts

FROM node:26-slim
WORKDIR /lab
ENV NODE_ENV=production
COPY --from=build /lab/package.json ./
COPY --from=build /lab/node_modules ./node_modules
COPY --from=build /lab/dist ./dist
COPY --from=build /lab/results/samples ./results/samples
COPY --from=build /lab/client/demo/recordings ./client/demo/recordings
USER node
EXPOSE 8080
ENTRYPOINT ["node", "dist/server/main.js"]
