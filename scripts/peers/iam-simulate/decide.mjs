// Reads cases as bailey simulate does, a line each on standard input, and writes the peer's decision for each: allowed,
// implicitDeny or explicitDeny. With --time N it decides all of them N times over, policies loaded before, and writes
// decisions a second alone. It calls the peer's own engine below the validation of its inputs, which is its fastest way.
import { createInterface } from 'node:readline'
import { loadPolicy } from './node_modules/@cloud-copilot/iam-policy/dist/esm/index.js'
const base = './node_modules/@cloud-copilot/iam-simulate/dist/esm/'
const { authorize } = await import(base + 'core_engine/CoreSimulatorEngine.js')
const { AwsRequestImpl } = await import(base + 'request/request.js')
const { RequestContextImpl } = await import(base + 'requestContext.js')
const { DiscoveryContextKeyConstraints } = await import(base + 'context_keys/discoveryContextKeyConstraints.js')

const words = { Allowed: 'allowed', ImplicitlyDenied: 'implicitDeny', ExplicitlyDenied: 'explicitDeny' }
const load = (policy, name) => policy && loadPolicy(policy, { name })
const all = (list, kind) => (list ?? []).map((policy, i) => load(policy, `${kind}${i}`))
const levels = (list) => (list ?? []).map((l) => ({ orgIdentifier: l.orgIdentifier, policies: all(l.policies, l.orgIdentifier) }))

const requests = []
for await (const line of createInterface({ input: process.stdin })) {
  const c = JSON.parse(line)
  const r = c.request
  requests.push({
    request: new AwsRequestImpl(r.principal, r.resource, r.action, new RequestContextImpl(r.context ?? {})),
    identityPolicies: all(c.identityPolicies, 'identity'),
    resourcePolicy: load(c.resourcePolicy, 'resource'),
    sessionPolicy: load(c.sessionPolicy, 'session'),
    permissionBoundaries: c.permissionBoundaries && all(c.permissionBoundaries, 'boundary'),
    serviceControlPolicies: levels(c.serviceControlPolicies),
    resourceControlPolicies: levels(c.resourceControlPolicies),
    vpcEndpointPolicies: c.endpointPolicies && all(c.endpointPolicies, 'endpoint'),
    simulationParameters: { simulationMode: 'Strict', discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([]) },
    serviceSettings: { s3: {} },
  })
}

const times = process.argv[2] === '--time' ? Number(process.argv[3]) : 0
if (times === 0) {
  for (const r of requests) console.log(words[authorize(r).result])
} else {
  for (const r of requests) authorize(r) // warm
  const start = performance.now()
  for (let i = 0; i < times; i++) for (const r of requests) authorize(r)
  console.log(((times * requests.length) / (performance.now() - start)) * 1000)
}
