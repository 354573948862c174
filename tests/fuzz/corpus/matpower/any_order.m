function grid = two() % a case
%{
block
%}
grid.baseMVA = ...
 100, grid.note = 'it''s';;
grid.genfuel = {"ng"};
grid.dcline = [2 1 1 4 3 0 0 1 1 0 0 0 0 0 0 0 0];
grid.branch = [1, 2, .01, 1e-1, 0., 0, 0, 0, 0, 0, 1,];
grid.gen = [1 6e1 0 Inf -Inf 1 100 1 +Inf nan]
grid.bus = [1 3 0 0 0 0 0 1 0 110 1 Inf NaN
2 4 -5 10 -5 0 7 1.2 0 110 1 1.1 0.9];