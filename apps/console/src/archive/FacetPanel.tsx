import { Box, Chip, LinearProgress, Paper, Typography } from '@mui/material';
import { ArchiveFacets } from '@interoffice/contract';
import { useQuery } from '@tanstack/react-query';
import { ask } from '../http.js';
import { PlainText } from '../PlainText.js';
import { FACETS, filterOf, narrowedTo, type Search } from './search.js';

interface FacetPanelProps {
  readonly search: Search;
  readonly onNarrow: (search: Search) => void;
}

/** What the hits are made of; a click narrows the search to it. */
export function FacetPanel({ search, onNarrow }: FacetPanelProps) {
  const query = { ...filterOf(search), reason: search.reason };
  const { data, error, isPending } = useQuery({
    queryKey: ['/archive/facets', query],
    queryFn: () => ask(ArchiveFacets, '/archive/facets', { query }),
    // Each is a line in the audit log.
    refetchOnWindowFocus: false,
    retry: false,
    gcTime: 0,
  });
  // The search itself says what is wrong.
  if (error) return null;
  if (isPending) return <LinearProgress aria-label="Counting" />;
  if (data.looked === 0) return null;
  return (
    <Paper variant="outlined" component="section" aria-label="What the hits are made of" sx={{ p: 2, mb: 1 }}>
      <Typography variant="body2" color="text.secondary" sx={{ mb: 1 }}>
        {data.isWhole
          ? `All ${data.looked} hits.`
          : `An estimate: of the newest ${data.looked.toLocaleString()} hits. There are more.`}
      </Typography>
      {FACETS.filter(([facet]) => data[facet].length > 0).map(([facet, title]) => (
        <Box key={facet} sx={{ display: 'flex', gap: 1, flexWrap: 'wrap', alignItems: 'center', mb: 0.5 }}>
          <Typography variant="body2" component="h2" sx={{ minWidth: 110, fontWeight: 600 }}>
            {title}
          </Typography>
          {data[facet].map(({ value, count }) => (
            <Chip
              key={value}
              size="small"
              variant="outlined"
              label={<PlainText text={`${value} ${count.toLocaleString()}`} />}
              onClick={() => onNarrow({ ...search, ...narrowedTo(facet, value), saved: undefined })}
            />
          ))}
        </Box>
      ))}
    </Paper>
  );
}
