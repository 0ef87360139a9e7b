import type { GetListParams } from 'react-admin';

/** `sort=-name&range=0-24` and filters by name: the one convention of the API's lists. */
export function listParameters(
  params: Pick<GetListParams, 'pagination' | 'sort' | 'filter'>,
): Record<string, string | undefined> {
  const { page, perPage } = params.pagination ?? { page: 1, perPage: 25 };
  const { field, order } = params.sort ?? { field: 'id', order: 'ASC' };
  const first = (page - 1) * perPage;
  return { ...params.filter, sort: `${order === 'DESC' ? '-' : ''}${field}`, range: `${first}-${first + perPage - 1}` };
}
