mod fits;
mod simulated;
mod stored;
