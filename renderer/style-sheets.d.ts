/** Style sheets are taken up by Vite; importing one gives nothing. */
declare module "*.css";
