import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bookingRequest } from '../../test/booking.ts'
import { createOperator, readInputs, type TestOperator } from '../../test/operator.ts'
import { openShop, type Shop } from '../../test/shop.ts'
import { createApp } from '../app.tsx'
import { reserve } from '../reservations.ts'
import { localMinute } from '../venue-time.ts'

let shop: Shop
let first: TestOperator
let second: TestOperator
beforeAll(async () => {
  shop = await openShop({ writeBackMs: 20 })
  const app = createApp(shop)
  first = await createOperator(shop, app)
  second = await createOperator(shop, app, 'manager')
})
afterAll(() => shop.close())

const DAY_MS = 86_400_000
const inDays = (days: number, zone = 'Asia/Seoul') => localMinute(new Date(Date.now() + days * DAY_MS), zone)
const pathOf = (id: number, act: string) => `/admin/events/${id}/${act}`
const shown = async (id: number) => (await first.call('GET', `/api/admin/events/${id}`)).body

describe('the form', () => {
  test('creates a draft by forms alone, adds a row without a script, and keeps what was typed with each mistake', async () => {
    const page = await first.open('/admin/events/new')
    const fields = Object.assign(readInputs(page.text), {
      title: '폼 공연 <b>"&',
      zone: 'America/New_York',
      opensAt: inDays(1),
      closesAt: inDays(9),
      startsAt: inDays(10),
      'type.0.name': 'R석',
      'type.0.price': '50,000',
      'type.0.seats': '100',
      'notice.refund.ko': '전날까지\n전액',
    })
    const longer = await first.submit('/admin/events', { ...fields, add: 'type' })
    expect(longer.text.match(/data-type-row[ =>]/g)).toHaveLength(3)
    expect(readInputs(longer.text)).toMatchObject({ ...fields, 'type.0.price': '50000' })
    const wrong = await first.submit('/admin/events', {
      ...fields,
      closesAt: inDays(11),
      'type.0.price': 'x',
      limitPerPerson: '0',
    })
    expect(wrong.status).toBe(422)
    for (const field of ['closesAt', 'type.0.price', 'limitPerPerson']) expect(wrong.text).toContain(`id="${field}-problem"`)
    expect(readInputs(wrong.text)).toMatchObject({ title: fields.title, 'type.0.price': 'x' })

    const { status, location } = await first.submit('/admin/events', fields)
    expect([status, location]).toEqual([303, expect.stringMatching(/^\/admin\/events\/\d+\?done=created$/)])
    const id = Number(location!.match(/\d+/)![0])
    const event = await shown(id)
    expect(event).toMatchObject({
      title: fields.title,
      status: 'draft',
      zone: 'America/New_York',
      limitPerPerson: 4,
      notice: { refund: { ko: '전날까지\n전액', en: '' } },
      ticketTypes: [{ name: 'R석', price: 50_000, seats: 100 }],
    })
    expect(localMinute(new Date(event.opensAt), event.zone)).toBe(fields.opensAt)
    expect(readInputs((await first.open(pathOf(id, 'edit'))).text)).toMatchObject({
      opensAt: fields.opensAt,
      'type.0.name': 'R석',
    })
  })

  test('a draft is saved at once, and loses the ticket type whose row is emptied', async () => {
    const { eventId } = await shop.addSale({ seats: [10, 20] })
    await shop.db.execute(`update events set published = false where id = ${eventId}`)
    const form = readInputs((await first.open(pathOf(eventId, 'edit'))).text)
    const blank = { 'type.0.name': '', 'type.0.nameEn': '', 'type.0.price': '', 'type.0.seats': '' }
    expect(await first.submit(pathOf(eventId, 'edit'), { ...form, ...blank, venue: '새 홀' })).toMatchObject({ status: 303 })
    expect(await shown(eventId)).toMatchObject({ venue: '새 홀', version: 2, ticketTypes: [{ seats: 20 }] })
  })
})

describe('a published event', () => {
  test('its changes are reviewed with warnings and made with a reason; other fields keep their seconds', async () => {
    const { eventId } = await shop.addSale({ seats: [10] })
    const before = await shown(eventId)
    const form = readInputs((await first.open(pathOf(eventId, 'edit'))).text)
    expect((await first.submit(pathOf(eventId, 'edit'), form)).text).toContain('바뀐 내용이 없습니다')
    const edits = { ...form, 'type.0.price': '12000', venueEn: 'New Hall' }
    const review = await first.submit(pathOf(eventId, 'edit'), edits)
    expect(review.status).toBe(200)
    expect(review.text.match(/<tr>/g)).toHaveLength(3)
    expect(review.text.match(/class="field-warning"/g)).toHaveLength(2)
    expect((await shown(eventId)).version).toBe(1)
    const hidden = readInputs(review.text)
    const without = await first.submit(pathOf(eventId, 'changes'), hidden)
    expect([without.status, without.text.includes('id="reason-problem"')]).toEqual([422, true])
    expect((await first.submit(pathOf(eventId, 'changes'), { ...hidden, reason: '조정' })).status).toBe(303)
    const { startsAt, opensAt, closesAt } = before
    expect(await shown(eventId)).toMatchObject({
      startsAt,
      opensAt,
      closesAt,
      venueEn: 'New Hall',
      ticketTypes: [{ price: 12_000 }],
    })
  })

  test('fewer seats than are sold are refused in the review, and nothing of the change is made', async () => {
    const { eventId, ticketTypeIds: [type] } = await shop.addSale({ seats: [10] })
    const [buyer] = await shop.addPeople(1)
    expect((await reserve(shop, 'ko', bookingRequest(buyer!, eventId, type!, { quantity: 4 }))).kind).toBe('reserved')
    const form = readInputs((await first.open(pathOf(eventId, 'edit'))).text)
    const refused = await first.submit(pathOf(eventId, 'changes'), {
      ...form,
      title: '다른 이름',
      'type.0.seats': '3',
      reason: 'r',
    })
    expect([refused.status, refused.text.includes('지금 줄일 수 있는 좌석은 6석입니다')]).toEqual([409, true])
    expect(await shown(eventId)).toMatchObject({ version: 1, ticketTypes: [{ seats: 10 }] })
  })

  test('two editors at once: the second sees both versions, and puts theirs on top without losing the first', async () => {
    const { eventId } = await shop.addSale({ seats: [10] })
    const forms = await Promise.all(
      [first, second].map(async (one) => readInputs((await one.open(pathOf(eventId, 'edit'))).text)),
    )
    const save = (one: TestOperator, form: Record<string, string>) => one.submit(pathOf(eventId, 'changes'), form)
    const mine = { title: '첫째의 제목', venue: '첫째의 홀', reason: 'r' }
    expect((await save(first, { ...forms[0], ...mine })).status).toBe(303)
    const yours = { title: '둘째의 제목', 'type.0.price': '77000', reason: 'r' }
    const conflict = await save(second, { ...forms[1], ...yours })
    expect(conflict.status).toBe(409)
    for (const text of ['첫째의 제목', '둘째의 제목', '첫째의 홀', '77,000', '둘 다 변경']) expect(conflict.text).toContain(text)
    expect((await shown(eventId)).title).toBe('첫째의 제목')
    // The same conflict is found before the review.
    expect((await second.submit(pathOf(eventId, 'edit'), { ...forms[1], ...yours })).status).toBe(409)

    const review = await second.submit(pathOf(eventId, 'edit'), readInputs(conflict.text))
    expect(review.text.match(/<tr>/g)).toHaveLength(3)
    expect((await save(second, { ...readInputs(review.text), reason: 'r' })).status).toBe(303)
    expect(await shown(eventId)).toMatchObject({
      title: '둘째의 제목',
      venue: '첫째의 홀',
      version: 3,
      ticketTypes: [{ price: 77_000 }],
    })
  })
})
