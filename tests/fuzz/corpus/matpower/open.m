function mpc = f
mpc.bus = [1 3 0
