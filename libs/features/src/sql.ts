/** The database as features see it: parameterised statements of the role `app`, prepared under their name. */
export interface Sql {
  query<Row>(name: string, text: string, values: readonly unknown[]): Promise<readonly Row[]>;
}
