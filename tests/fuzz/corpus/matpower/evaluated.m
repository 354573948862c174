function mpc = f
define_constants;
mpc.bus(1, 3) = 4;
