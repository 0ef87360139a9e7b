/** How PostgreSQL's initdb makes the cluster that is part of the image; libs/storage asks for exactly this. */
export const clusterArguments = [
  '-U',
  'postgres',
  '-A',
  'trust',
  '-E',
  'UTF8',
  '--locale=C.UTF-8',
  '--no-instructions',
];
