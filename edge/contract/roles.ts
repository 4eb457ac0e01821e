/** What an account may do. Buyers are `user`; the other roles are operators, who work in the admin pages. */
export const ROLES = ['user', 'viewer', 'support', 'manager', 'owner'] as const
export type Role = (typeof ROLES)[number]
export type OperatorRole = Exclude<Role, 'user'>
export const OPERATOR_ROLES = ['viewer', 'support', 'manager', 'owner'] as const satisfies readonly OperatorRole[]

/** Each permission with the roles that have it. Every admin route requires one of these. */
export const PERMISSIONS = {
  /** See events, seats, rooms and live figures; none of it names a buyer. */
  'figures.read': ['viewer', 'support', 'manager', 'owner'],
  /** See the sales of events as totals, and export them. */
  'reports.read': ['viewer', 'manager', 'owner'],
  /** Create, edit, publish and delete events, and their images. */
  'events.edit': ['manager', 'owner'],
  /** Stop and resume sales, cancel events, and load, unload, audit and repair seats. */
  'sales.control': ['manager', 'owner'],
  /** Change a waiting room, and rehearse a sale. */
  'rooms.control': ['manager', 'owner'],
  /** Find one visitor's position, and revoke it. */
  'visitors.control': ['support', 'manager', 'owner'],
  /** See and export reservations with the names of their buyers. */
  'reservations.read': ['support', 'manager', 'owner'],
  /** Cancel a buyer's reservation. */
  'reservations.cancel': ['support', 'manager', 'owner'],
  /** Check admission tickets at the door; the list of them names no buyer. */
  'tickets.check': ['support', 'manager', 'owner'],
  /** Invite and remove operators, and see their sessions. */
  'people.manage': ['owner'],
  /** Read and export the audit log. */
  'audit.read': ['owner'],
} as const satisfies Record<string, readonly OperatorRole[]>
export type Permission = keyof typeof PERMISSIONS

export const isOperator = (role: Role): role is OperatorRole => role !== 'user'

export const may = (role: Role, permission: Permission): boolean => (PERMISSIONS[permission] as readonly Role[]).includes(role)
