import type { AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling'

type Scheduled = { name: string; at: string; minSize: number }
export type FakeGroup = { minSize: number; maxSize: number; actions: Map<string, Scheduled> }

/** A server with the part of the Auto Scaling API that the origin uses, with the rules and error texts of AWS. */
export async function startFakeAutoScaling(clock: { nowMs: number }) {
  const aws = {
    groups: new Map<string, FakeGroup>(),
    /** `failing`: responds with 503. `silent`: never responds. */
    behaviour: 'normal' as 'normal' | 'failing' | 'silent',
  }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => body += part)
    request.on('end', () => {
      if (aws.behaviour === 'silent') return
      if (aws.behaviour === 'failing') return response.writeHead(503).end()
      const isSigned = /^AWS4-HMAC-SHA256 Credential=.+\/autoscaling\/aws4_request/.test(request.headers.authorization ?? '')
      const xml = isSigned
        ? handleQuery(aws.groups, clock.nowMs, new URLSearchParams(body))
        : fault('IncompleteSignature', 'not signed')
      response.writeHead(xml.startsWith('<ErrorResponse') ? 400 : 200, { 'content-type': 'text/xml' }).end(xml)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const scaling = new AutoScalingClient({
    region: 'ap-northeast-2',
    maxAttempts: 1,
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    endpoint: url,
  })
  return Object.assign(aws, {
    url,
    scaling,
    nextRequest: () => new Promise((resolve) => server.once('request', resolve)),
    /** Runs and deletes the actions that are due. */
    runActions(): void {
      for (const group of aws.groups.values()) {
        for (const { name, at, minSize } of group.actions.values()) {
          if (Date.parse(at) > clock.nowMs) continue
          group.minSize = minSize
          group.actions.delete(name)
        }
      }
    },
    close(): void {
      scaling.destroy()
      server.close()
      server.closeAllConnections()
    },
  })
}

function handleQuery(groups: Map<string, FakeGroup>, nowMs: number, query: URLSearchParams): string {
  const action = query.get('Action')!
  const name = query.get('AutoScalingGroupName') ?? query.get('AutoScalingGroupNames.member.1')!
  const group = groups.get(name)
  const result = (xml: string) => `<${action}Response><${action}Result>${xml}</${action}Result></${action}Response>`
  if (action === 'DescribeAutoScalingGroups') return result(describeGroup(name, group))
  if (!group) return fault('ValidationError', `AutoScalingGroup name not found - ${name}`)
  switch (action) {
    case 'DescribeScheduledActions': {
      const size = Number(query.get('MaxRecords'))
      if (!(size > 0 && size <= 100)) return fault('ValidationError', 'MaxRecords')
      return result(describeActions(group, Number(query.get('NextToken') ?? 0), size))
    }
    case 'BatchDeleteScheduledAction': {
      const names = membersOf(query, 'ScheduledActionNames').map(({ value }) => value!)
      if (names.length > 50) return fault('ValidationError', 'names')
      const failed = names.filter((name) => !group.actions.delete(name))
        .map((name) => failure(name, 'Scheduled action name not found'))
      return result(`<FailedScheduledActions>${failed.join('')}</FailedScheduledActions>`)
    }
    case 'BatchPutScheduledUpdateGroupAction': {
      const requested = membersOf(query, 'ScheduledUpdateGroupActions')
      if (requested.length > 50) return fault('ValidationError', 'actions')
      const failed = requested.flatMap((fields) => putAction(group, nowMs, fields) ?? [])
      return result(`<FailedScheduledUpdateGroupActions>${failed.join('')}</FailedScheduledUpdateGroupActions>`)
    }
    default:
      return fault('InvalidAction', action)
  }
}

/** The members of a list in a query, such as `Names.member.1=a&Names.member.2=b`. */
function membersOf(query: URLSearchParams, list: string): Record<string, string>[] {
  const found: Record<string, string>[] = []
  for (const [name, value] of query) {
    const [, number, field] = name.match(`^${list}\\.member\\.(\\d+)\\.?(.*)$`) ?? []
    if (number) (found[Number(number) - 1] ??= {})[field || 'value'] = value
  }
  return found
}

function describeGroup(name: string, group: FakeGroup | undefined): string {
  const member = group
    ? `<member><AutoScalingGroupName>${name}</AutoScalingGroupName><MinSize>${group.minSize}</MinSize>` +
      `<MaxSize>${group.maxSize}</MaxSize></member>`
    : ''
  return `<AutoScalingGroups>${member}</AutoScalingGroups>`
}

function describeActions(group: FakeGroup, from: number, size: number): string {
  const page = [...group.actions.values()].slice(from, from + size).map(({ name, at, minSize }) =>
    `<member><ScheduledActionName>${name}</ScheduledActionName><StartTime>${at}</StartTime><MinSize>${minSize}</MinSize></member>`
  )
  const next = from + size < group.actions.size ? `<NextToken>${from + size}</NextToken>` : ''
  return `<ScheduledUpdateGroupActions>${page.join('')}</ScheduledUpdateGroupActions>${next}`
}

/** Puts an action; returns the failure if a rule of AWS forbids it. */
function putAction({ actions, maxSize }: FakeGroup, nowMs: number, fields: Record<string, string>): string | null {
  const name = fields['ScheduledActionName']!
  const at = new Date(fields['StartTime']!).toISOString()
  const minSize = Number(fields['MinSize'])
  if (Date.parse(at) <= nowMs) return failure(name, 'The start time is in the past')
  if (minSize > maxSize) return failure(name, 'The least size is more than the most')
  if ([...actions.values()].some((other) => other.name !== name && other.at === at)) {
    return failure(name, 'Scheduled action with this scheduled start time already exists')
  }
  if (actions.size >= 125 && !actions.has(name)) return failure(name, 'A group takes 125 scheduled actions')
  actions.set(name, { name, at, minSize })
  return null
}

const failure = (name: string, message: string) =>
  `<member><ScheduledActionName>${name}</ScheduledActionName><ErrorCode>ValidationError</ErrorCode><ErrorMessage>${message}</ErrorMessage></member>`
const fault = (code: string, message: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
