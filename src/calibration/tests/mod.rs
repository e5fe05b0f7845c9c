mod fits;
mod page;
mod simulated;
mod stored;
